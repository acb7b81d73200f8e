import { WINDOW_FIGURES, WINDOWS } from "../store/database.ts";
import { type AccountFamily, label } from "./family.ts";

type Figure = (typeof WINDOW_FIGURES)[number];

const MEANINGS: Record<Figure, { metric: string; meaning: string }> = {
  articles: { metric: "articles_published", meaning: "Articles published (pieces)" },
  readers: { metric: "readers", meaning: "Readers (persons per day, summed over the days; not unique persons)" },
  sharers: { metric: "sharers", meaning: "Sharers (persons per day, summed over the days)" },
  likes: { metric: "likes", meaning: "Likes (persons per day, summed over the days)" },
  zaikan: { metric: "zaikan", meaning: "Zaikan, the heart (persons per day, summed over the days)" },
  comments: { metric: "comments", meaning: "Comments (pieces)" },
  favourites: { metric: "favourites", meaning: "Favourites (persons per day, summed over the days)" },
};

const WINDOW_LABELS = WINDOWS.map((window) => ({ window, text: label("window", window) }));

/** The figures that are summed over windows of complete days. */
export const accountWindows: readonly AccountFamily<"accounts">[] = WINDOW_FIGURES.map((figure) => ({
  name: `govmatrix_account_${MEANINGS[figure].metric}`,
  help: `${MEANINGS[figure].meaning} in the window of complete days, from datacube/getbizsummary, as stored, refreshed by the collector.`,
  source: "accounts",
  samples(account, emit) {
    for (const { window, text } of WINDOW_LABELS) emit(text, account[`${figure}_${window}`]);
  },
}));
