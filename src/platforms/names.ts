/** As the register uses them. Apart from the platforms themselves, which load all that speaks to them. */
export const PLATFORM_NAMES = ["wechat"] as const;
