/** Colours of Grafana's dark theme. */
const NAMED: Record<string, string> = {
  ...{ green: "#73BF69", yellow: "#FADE2A", orange: "#FF9830", red: "#F2495C", blue: "#5794F2", purple: "#B877D9" },
  ...{
    "dark-green": "#37872D",
    "semi-dark-green": "#56A64B",
    "light-green": "#96D98D",
    "super-light-green": "#C8F2C2",
  },
  ...{ "dark-red": "#C4162A", "semi-dark-red": "#E02F44", "light-red": "#FF7383", "dark-orange": "#FA6400" },
  ...{ "dark-yellow": "#E0B400", "semi-dark-yellow": "#F2CC0C", "dark-blue": "#1F60C4", "semi-dark-blue": "#3274D9" },
  ...{ "light-blue": "#8AB8FF", "super-light-blue": "#C0D8FF", "dark-purple": "#8F3BB8" },
  ...{ gray: "#808080", grey: "#808080", text: "#CCCCDC", transparent: "transparent" },
};

const PALETTE = [
  ...["#73BF69", "#F2CC0C", "#8AB8FF", "#FF780A", "#F2495C", "#5794F2", "#B877D9", "#705DA0", "#37872D", "#FADE2A"],
  ...["#447EBC", "#C15C17", "#890F02", "#0A437C", "#6D1F62", "#584477", "#B7DBAB", "#F4D598", "#70DBED", "#F9BA8F"],
];

export function colourOf(name: string): string {
  const colour = name.startsWith("#") || name.startsWith("rgb") ? name : NAMED[name];
  if (colour === undefined) throw new Error(`unknown colour ${name}`);
  return colour;
}

/** The same name always has the same colour, as long as no other of the panel took it. */
export function seriesColours(names: readonly string[]): Map<string, string> {
  const colours = new Map<string, string>();
  for (const name of names) {
    let index = [...name].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) >>> 0, 7) % PALETTE.length;
    const taken = new Set(colours.values());
    for (let tries = 0; tries < PALETTE.length && taken.has(PALETTE[index] ?? ""); tries += 1)
      index = (index + 1) % PALETTE.length;
    colours.set(name, PALETTE[index] ?? "#CCCCDC");
  }
  return colours;
}
