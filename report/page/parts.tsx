/** Small things that several sections show. */
import type { ComponentChildren } from "preact"
import { useState } from "preact/hooks"
import type { Severity } from "../../core/finding/Finding.ts"
import type { Summary } from "../Model.ts"
import { commandText, severityMark, standingMark, standingWord, type Tagged } from "./words.ts"

export interface Shown {
  readonly summary: Summary
}

/** What has more than this page: a command, or the assistant's tool where no command reads the store. */
export const Elsewhere = ({
  command,
  of,
  summary,
  tool
}: Shown & {
  readonly command: string
  readonly tool: string
  /** What the tool is asked about. */
  readonly of?: string
}) => {
  const text = commandText(summary, command)
  return text !== undefined ? (
    <code>{text}</code>
  ) : (
    <>
      the assistant’s <code>{tool}</code>
      {of === undefined ? null : (
        <>
          {" "}
          of <code>{of}</code>
        </>
      )}
    </>
  )
}

/** Text that a stranger wrote: its direction stays its own. */
export const Name = ({ children }: { readonly children: string }) => <bdi>{children}</bdi>

export const Tag = ({ of }: { readonly of: Tagged }) => (
  <span class={`tag ${of}`}>
    <i aria-hidden="true">{standingMark[of]}</i> {standingWord[of]}
  </span>
)

export const SeverityWord = ({ of }: { readonly of: string }) => (
  <span class={`severity ${of}`}>
    <span aria-hidden="true">{severityMark[of as Severity] ?? ""}</span>
    {of}
  </span>
)

/** The length of a bar is set through the style's own object, because the page's policy refuses style attributes. */
export const Bar = ({
  hatched,
  of,
  solid
}: {
  readonly solid: number
  readonly hatched: number
  readonly of: number
}) => {
  const width = (part: number) => ({ width: `${of === 0 ? 0 : (100 * part) / of}%` })
  return (
    <span class="bar" aria-hidden="true">
      {solid > 0 ? <span class="solid" style={width(solid)} /> : null}
      {hatched > 0 ? <span class="hatched" style={width(hatched)} /> : null}
    </span>
  )
}

interface CopyProps {
  /** What is copied, as it is when it is asked for. */
  readonly text: string | (() => string)
  readonly what: string
  readonly label?: string
}

export const Copy = ({ label = "Copy", text, what }: CopyProps) => {
  const [isDone, setDone] = useState(false)
  // A page that was opened from a disk may have no clipboard; the text can be selected all the same.
  const copy = () =>
    void navigator.clipboard?.writeText(typeof text === "string" ? text : text()).then(
      () => {
        setDone(true)
        setTimeout(() => setDone(false), 1500)
      },
      () => undefined
    )
  return (
    <button type="button" class="plain" aria-label={`Copy ${what}`} onClick={copy}>
      {isDone ? "Copied" : label}
    </button>
  )
}

export const Section = ({
  children,
  id,
  title
}: {
  readonly id: string
  readonly title: string
  readonly children: ComponentChildren
}) => (
  <section class="card" id={id} aria-labelledby={`${id}-title`}>
    <h2 id={`${id}-title`}>{title}</h2>
    {children}
  </section>
)

/** A table that may be wider or longer than its place: it scrolls by itself, and by keyboard. */
export const Scrolling = ({ children, label }: { readonly label: string; readonly children: ComponentChildren }) => (
  <div class="scrolling" tabIndex={0} role="region" aria-label={label}>
    {children}
  </div>
)
