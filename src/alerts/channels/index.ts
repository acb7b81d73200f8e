import type { Message } from "../letter.ts";
import type { Channel, ChannelSettings, ChannelType, SendContext, Sent } from "./channel.ts";
import { dingtalk } from "./dingtalk.ts";
import { email } from "./email.ts";
import { feishu } from "./feishu.ts";
import { webhook } from "./webhook.ts";
import { wecom } from "./wecom.ts";

const CHANNELS: { [Type in ChannelType]: Channel<Type> } = { wecom, dingtalk, feishu, email, webhook };

export function channelOf<Type extends ChannelType>(type: Type): Channel<Type> {
  return CHANNELS[type];
}

/** Sends once by the channel that the settings are of. Rejects only with the signal's reason. */
export function sendMessage(message: Message, settings: ChannelSettings, context: SendContext): Promise<Sent> {
  const channel: Pick<Channel, "send"> = CHANNELS[settings.type] as Channel;
  return channel.send(message, settings, context);
}
