/** The colours of the style that a canvas is drawn with, by their names in `palette.css`. */
export const drawn = ["--surface", "--ink", "--muted", "--line", "--confirmed", "--unconfirmed", "--soft"] as const
export type Colour = (typeof drawn)[number]

/** A colour of the style as it is now, in the theme that is shown. */
export const colour = (name: Colour): string => {
  // The property names a colour for each theme, and one of them where it is used: here as what forced colours leave alone.
  const { style } = document.documentElement
  style.floodColor = `var(${name})`
  const { floodColor } = getComputedStyle(document.documentElement)
  style.floodColor = ""
  return floodColor
}
