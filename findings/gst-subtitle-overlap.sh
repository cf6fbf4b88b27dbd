#!/usr/bin/env bash
# subparse of GStreamer drops each subtitle that ends before the one in front of it.
. "$(dirname "$0")/common.sh"
debian gstreamer1.0-plugins-base gstreamer1.0-tools

# Print the texts that subparse delivers of subtitles START END TEXT (seconds), in this form (srt or vtt).
delivered() {
  local form=$1 number=0 point=, cue
  shift
  : > "$temp/coded.$form"
  if [ "$form" = vtt ]; then point=.; printf 'WEBVTT\n\n' > "$temp/coded.vtt"; fi
  for cue in "$@"; do
    read -r start end text <<< "$cue"
    number=$((number + 1))
    [ "$form" = vtt ] || echo "$number" >> "$temp/coded.$form"
    printf '00:00:%02d%s000 --> 00:00:%02d%s000\n%s\n\n' "$start" "$point" "$end" "$point" "$text" >> "$temp/coded.$form"
  done
  gst-launch-1.0 -q filesrc location="$temp/coded.$form" ! subparse ! text/x-raw,format=utf8 \
    ! filesink location="$temp/texts" 2> "$temp/log"
  echo "$(cat "$temp/texts") ($(wc -l < "$temp/log") errors)"
}

for form in srt vtt; do
  same "$form, one after the other" "HappySadAngryNeutral (0 errors)" \
    "$(delivered $form "1 3 Happy" "3 5 Sad" "5 6 Angry" "7 8 Neutral")"
  same "$form, happy from 1 to 9 s, and another person sad, angry and neutral meanwhile" "Happy (0 errors)" \
    "$(delivered $form "1 9 Happy" "3 5 Sad" "5 6 Angry" "7 8 Neutral")"
  same "$form, happy from 1 to 4 s, another one sad from 3 to 5 s" "HappySadAngryNeutral (0 errors)" \
    "$(delivered $form "1 4 Happy" "3 5 Sad" "5 6 Angry" "7 8 Neutral")"
done
verdict
