#!/usr/bin/env bash
# x264enc's constant quality (pass=qual) is limited to its property bitrate, 2 Mbit/s by default: 1080p comes out worse.
. "$(dirname "$0")/common.sh"
debian gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly
python_with imageio-ffmpeg==0.8.1
ffmpeg=$("$python" -c 'import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())')
raw=$temp/three-seconds
gst-launch-1.0 -q videotestsrc num-buffers=90 pattern=zone-plate kx2=40 ky2=40 kt=90 \
  ! video/x-raw,format=I420,width=1920,height=1080,framerate=30/1 ! filesink location="$raw"
# Print the bitrate of a file of three seconds, Mbit/s, and its PSNR, dB.
judge() {
  local psnr
  psnr=$("$ffmpeg" -hide_banner -i "$1" -f rawvideo -video_size 1920x1080 -framerate 30 -pix_fmt yuv420p -i "$raw" \
    -lavfi psnr -f null - 2>&1 | sed -n 's/.*average:\([0-9]*\).*/\1/p')
  echo "$(($(stat -c %s "$1") * 8 / 3000000)) Mbit/s, $psnr dB"
}
with_gst() {
  gst-launch-1.0 -q filesrc location="$raw" \
    ! rawvideoparse format=i420 width=1920 height=1080 framerate=30/1 \
    ! x264enc speed-preset=veryfast pass=qual $1 ! h264parse ! mp4mux ! filesink location="$temp/gst.mp4"
  judge "$temp/gst.mp4"
}
with_ffmpeg() {
  "$ffmpeg" -loglevel error -y -f rawvideo -video_size 1920x1080 -framerate 30 -pix_fmt yuv420p -i "$raw" \
    -c:v libx264 -preset veryfast -crf "$1" "$temp/ffmpeg.mp4"
  judge "$temp/ffmpeg.mp4"
}
same "quality 18" "2 Mbit/s, 27 dB" "$(with_gst quantizer=18)"
same "quality 23" "2 Mbit/s, 27 dB" "$(with_gst quantizer=23)"
same "quality 18 with bitrate=100000" "7 Mbit/s, 39 dB" "$(with_gst "quantizer=18 bitrate=100000")"
same "quality 18 with vbv-buf-capacity=0" "7 Mbit/s, 39 dB" "$(with_gst "quantizer=18 vbv-buf-capacity=0")"
same "quality 18 by ffmpeg" "7 Mbit/s, 40 dB" "$(with_ffmpeg 18)"
verdict
