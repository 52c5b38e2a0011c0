import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
  type VirtualizerOptions
} from "@tanstack/virtual-core"
import type { RefObject } from "preact"
import { useEffect, useLayoutEffect, useState } from "preact/hooks"

const narrow = "(max-width: 720px)"

/** The height of a row in the style, and on a narrow screen. It is fixed, so that no row has to be measured. */
const heights = { wide: 46, narrow: 78 }

const useNarrow = (): boolean => {
  const [isNarrow, setNarrow] = useState(() => matchMedia(narrow).matches)
  useEffect(() => {
    const query = matchMedia(narrow)
    const look = () => setNarrow(query.matches)
    query.addEventListener("change", look)
    return () => query.removeEventListener("change", look)
  }, [])
  return isNarrow
}

/** The rows that are in sight of a scrolled element, out of `count`; only these are drawn. */
export const useRows = (
  scrolled: RefObject<HTMLDivElement | null>,
  count: number,
  paddingStart: number
): Virtualizer<HTMLDivElement, HTMLDivElement> => {
  const [, redraw] = useState({})
  const height = useNarrow() ? heights.narrow : heights.wide
  const options: VirtualizerOptions<HTMLDivElement, HTMLDivElement> = {
    count,
    getScrollElement: () => scrolled.current,
    estimateSize: () => height,
    overscan: 5,
    // The sticky header covers the first of the rows that are scrolled to.
    scrollPaddingStart: paddingStart,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: () => redraw({})
  }
  const [rows] = useState(() => new Virtualizer(options))
  rows.setOptions(options)
  useLayoutEffect(() => rows._didMount(), [])
  useLayoutEffect(() => rows._willUpdate())
  useLayoutEffect(() => rows.measure(), [height])
  return rows
}
