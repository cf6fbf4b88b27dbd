"""A camera that speaks as much ONVIF as is needed to find its streams."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ENVELOPE = """<?xml version="1.0" encoding="UTF-8"?>
<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:tds="http://www.onvif.org/ver10/device/wsdl"
 xmlns:trt="http://www.onvif.org/ver10/media/wsdl" xmlns:tt="http://www.onvif.org/ver10/schema"
 xmlns:ter="http://www.onvif.org/ver10/error"><s:Body>{body}</s:Body></s:Envelope>"""
TIME = """<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>NTP</tt:DateTimeType>
<tt:DaylightSavings>false</tt:DaylightSavings><tt:UTCDateTime><tt:Time><tt:Hour>1</tt:Hour><tt:Minute>2</tt:Minute>
<tt:Second>3</tt:Second></tt:Time><tt:Date><tt:Year>2020</tt:Year><tt:Month>1</tt:Month><tt:Day>1</tt:Day></tt:Date>
</tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"""
SERVICES = """<tds:GetServicesResponse><tds:Service>
<tds:Namespace>{namespace}</tds:Namespace><tds:XAddr>{url}</tds:XAddr>
<tds:Version><tt:Major>2</tt:Major><tt:Minor>6</tt:Minor></tds:Version></tds:Service></tds:GetServicesResponse>"""
PROFILE = """<trt:Profiles token="{token}" fixed="true"><tt:Name>{token}</tt:Name>
<tt:VideoEncoderConfiguration token="e{token}"><tt:Name>e</tt:Name><tt:UseCount>1</tt:UseCount>
<tt:Encoding>H264</tt:Encoding>
<tt:Resolution><tt:Width>{width}</tt:Width><tt:Height>{height}</tt:Height></tt:Resolution><tt:Quality>4</tt:Quality>
<tt:RateControl><tt:FrameRateLimit>25</tt:FrameRateLimit><tt:EncodingInterval>1</tt:EncodingInterval>
<tt:BitrateLimit>4096</tt:BitrateLimit></tt:RateControl></tt:VideoEncoderConfiguration></trt:Profiles>"""
URI = """<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>{uri}</tt:Uri>
<tt:InvalidAfterConnect>false</tt:InvalidAfterConnect><tt:InvalidAfterReboot>false</tt:InvalidAfterReboot>
<tt:Timeout>PT0S</tt:Timeout></trt:MediaUri></trt:GetStreamUriResponse>"""
REFUSED = """<s:Fault><s:Code><s:Value>s:Sender</s:Value>
<s:Subcode><s:Value>ter:NotAuthorized</s:Value></s:Subcode></s:Code>
<s:Reason><s:Text xml:lang="en">Sender not Authorized</s:Text></s:Reason></s:Fault>"""
SIZES = {"main": (1920, 1080), "sub": (640, 360)}


@contextmanager
def camera(user: str = "", uri: str = "rtsp://192.0.2.7:554/{token}?a=1") -> Iterator[int]:
    """Serve a camera; yield its port.

    Args:
        user: Who may ask for streams; "" for everybody. Passwords are not checked.
        uri: The address of a stream.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = self.rfile.read(int(self.headers["content-length"])).decode()
            status, body = answer(request, f"http://127.0.0.1:{self.server.server_address[1]}/onvif/media", user, uri)
            data = ENVELOPE.format(body=body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/soap+xml; charset=utf-8")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Be silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def answer(request: str, media: str, user: str, uri: str) -> tuple[int, str]:
    """Return the status and the body of the answer to a request."""
    if "GetSystemDateAndTime" in request:
        return 200, TIME
    if user and f">{user}<" not in request:
        return 400, REFUSED
    if "GetServices" in request:
        return 200, SERVICES.format(namespace="http://www.onvif.org/ver10/media/wsdl", url=media)
    if "GetProfiles" in request:
        profiles = [PROFILE.format(token=token, width=w, height=h) for token, (w, h) in SIZES.items()]
        return 200, f"<trt:GetProfilesResponse>{''.join(profiles)}</trt:GetProfilesResponse>"
    (token,) = re.findall(r"ProfileToken>(\w+)<", request)
    return 200, URI.format(uri=uri.format(token=token))
