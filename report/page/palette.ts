/** The colours of the style that a canvas is drawn with, by their names in `palette.css`. */
export const drawn = ["--surface", "--ink", "--muted", "--line", "--confirmed", "--unconfirmed", "--soft"] as const
export type Colour = (typeof drawn)[number]
