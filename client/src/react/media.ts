import {
  type AudioHTMLAttributes, createElement, type ForwardedRef, forwardRef, type RefObject, useEffect, useImperativeHandle, useRef,
  type VideoHTMLAttributes,
} from "react";
import { selectSpeaker } from "../devices/speaker.ts";

export interface MediaProps {
  /** What is played: a track, or what has one, such as those of `useTracks`; or else a whole stream. */
  readonly track?: MediaStreamTrack | { readonly track: MediaStreamTrack } | undefined;
  readonly stream?: MediaStream | undefined;
  /** The deviceId of the speaker, as `useDevices` has it. */
  readonly speaker?: string | undefined;
  /** The browser lets the page make no sound until somebody has clicked: call `element.play()` then. */
  readonly onBlocked?: ((element: HTMLMediaElement) => void) | undefined;
}
export type VideoProps = MediaProps & VideoHTMLAttributes<HTMLVideoElement>;
export type AudioProps = MediaProps & AudioHTMLAttributes<HTMLAudioElement>;

/** A `<video>` that plays a track or a stream. */
export const Video = forwardRef<HTMLVideoElement, VideoProps>(function Video({ track, stream, speaker, onBlocked, ...rest }, ref) {
  return createElement("video", { autoPlay: true, playsInline: true, ...rest, ref: usePlayed(ref, track, stream, speaker, onBlocked) });
});

/** An `<audio>` that plays a track or a stream. */
export const Audio = forwardRef<HTMLAudioElement, AudioProps>(function Audio({ track, stream, speaker, onBlocked, ...rest }, ref) {
  return createElement("audio", { autoPlay: true, ...rest, ref: usePlayed(ref, track, stream, speaker, onBlocked) });
});

function usePlayed<E extends HTMLMediaElement>(
  outer: ForwardedRef<E>,
  what: MediaProps["track"],
  stream: MediaStream | undefined,
  speaker: string | undefined,
  onBlocked: MediaProps["onBlocked"],
): RefObject<E | null> {
  const ref = useRef<E>(null);
  const blocked = useRef(onBlocked);
  const track = what && "track" in what ? what.track : what;
  useImperativeHandle(outer, () => ref.current!);
  useEffect(() => void (blocked.current = onBlocked));
  useEffect(() => {
    const element = ref.current!;
    element.srcObject = track ? new MediaStream([track]) : (stream ?? null);
    if (element.srcObject && element.autoplay) {
      element.play().catch((cause: unknown) => {
        if (cause instanceof DOMException && cause.name === "NotAllowedError") blocked.current?.(element);
      });
    }
    return () => void (element.srcObject = null);
  }, [track, stream]);
  useEffect(() => {
    if (speaker !== undefined) selectSpeaker(ref.current!, speaker).catch(() => {}); // it is gone: the former goes on
  }, [speaker]);
  return ref;
}
