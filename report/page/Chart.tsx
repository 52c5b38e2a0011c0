import {
  BarController,
  BarElement,
  CategoryScale,
  Chart as ChartOf,
  type ChartConfiguration,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip
} from "chart.js"
import type { ComponentChildren } from "preact"
import { useEffect, useRef } from "preact/hooks"
import type { Colour } from "./palette.ts"
import { dollarsText, usd } from "./words.ts"

ChartOf.register(
  BarController,
  BarElement,
  CategoryScale,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip
)
ChartOf.defaults.animation = false

/** Fired when a reader chooses a theme: a canvas does not follow the style by itself. */
export const themeChanged = "themechanged"

/** A colour of the style as it is now, in the theme that is shown. */
export const colour = (name: Colour): string => {
  // The property names a colour for each theme, and one of them where it is used: here as what forced colours leave alone.
  const { style } = document.documentElement
  style.floodColor = `var(${name})`
  const { floodColor } = getComputedStyle(document.documentElement)
  style.floodColor = ""
  return floodColor
}

/** Stripes, so that what is not certain differs from what is by more than its colour. */
export const hatching = (name: Colour): CanvasPattern | string => {
  const tile = document.createElement("canvas")
  tile.width = tile.height = 8
  const context = tile.getContext("2d")
  if (context === null) return colour(name)
  context.fillStyle = colour("--surface")
  context.fillRect(0, 0, 8, 8)
  context.strokeStyle = colour(name)
  context.lineWidth = 2
  for (const offset of [-8, 0, 8]) {
    context.beginPath()
    context.moveTo(offset, 8)
    context.lineTo(offset + 8, 0)
    context.stroke()
  }
  return context.createPattern(tile, "repeat") ?? colour(name)
}

/** What all charts have alike: stacked bars over time, in USD. */
export const overTime = (
  labels: ReadonlyArray<string>,
  datasets: ChartConfiguration<"bar" | "line", Array<number | null>>["data"]["datasets"]
): ChartConfiguration<"bar" | "line", Array<number | null>> => {
  const ticks = { color: colour("--muted"), font: { size: 11 } }
  return {
    type: "bar",
    data: { labels: [...labels], datasets },
    options: {
      responsive: true,
      maintainAspectRatio: false,
      interaction: { mode: "index", intersect: false },
      scales: {
        x: {
          stacked: true,
          grid: { display: false },
          border: { color: colour("--line") },
          ticks: { ...ticks, maxRotation: 0, autoSkipPadding: 14 }
        },
        y: {
          stacked: true,
          beginAtZero: true,
          border: { display: false },
          grid: { color: colour("--line") },
          ticks: { ...ticks, maxTicksLimit: 5, callback: (value) => dollarsText(Number(value)) }
        }
      },
      plugins: {
        tooltip: {
          backgroundColor: colour("--ink"),
          titleColor: colour("--surface"),
          bodyColor: colour("--surface"),
          displayColors: false,
          padding: 10,
          callbacks: {
            label: ({ dataset, raw }) => `${dataset.label}: ${typeof raw === "number" ? usd(raw) : "no run"}`
          }
        }
      }
    }
  }
}

/** A chart with its numbers as a table beneath. Drawn anew when the theme changes and, in the light palette, for paper. */
export const Chart = ({
  about,
  children,
  make
}: {
  /** What it shows, in a sentence, for whoever does not see it. */
  readonly about: string
  readonly make: () => ChartConfiguration<"bar" | "line", Array<number | null>>
  /** The table of its numbers. */
  readonly children: ComponentChildren
}) => {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    let chart: ChartOf<"bar" | "line", Array<number | null>> | undefined
    const draw = () => {
      chart?.destroy()
      if (canvas.current !== null) chart = new ChartOf(canvas.current, make())
    }
    const onPaper = (isOn: boolean) => () => {
      document.documentElement.classList.toggle("paper", isOn)
      draw()
    }
    const dark = matchMedia("(prefers-color-scheme: dark)")
    const listening: ReadonlyArray<readonly [EventTarget, string, () => void]> = [
      [window, "beforeprint", onPaper(true)],
      [window, "afterprint", onPaper(false)],
      [window, themeChanged, draw],
      [dark, "change", draw]
    ]
    for (const [target, type, listener] of listening) target.addEventListener(type, listener)
    draw()
    return () => {
      for (const [target, type, listener] of listening) target.removeEventListener(type, listener)
      chart?.destroy()
    }
  }, [make])
  return (
    <>
      <div class="canvas">
        <canvas ref={canvas} role="img" aria-label={about} />
      </div>
      <details class="numbers">
        <summary>Numbers</summary>
        {children}
      </details>
    </>
  )
}
