#!/usr/bin/env python3
"""Drops files onto a window through the X11 drag-and-drop protocol (XDND 5), as a file manager does.

    tests/tools/drop.py WINDOW X Y FILE...     WINDOW: its number, as xdotool prints it; X, Y: where on the screen

`tests/tools/screenshots` uses it. Needs python-xlib.
"""

import sys
import time
from pathlib import Path

from Xlib import X, Xatom, display
from Xlib.protocol import event


def main():
    number, x, y, *files = sys.argv[1:]
    uris = "".join(Path(file).resolve().as_uri() + "\r\n" for file in files).encode()
    d = display.Display()
    target = d.create_resource_object("window", int(number))
    root = d.screen().root
    source = root.create_window(0, 0, 1, 1, 0, X.CopyFromParent)
    atom = d.intern_atom
    selection, uri_list = atom("XdndSelection"), atom("text/uri-list")
    source.change_property(atom("XdndTypeList"), Xatom.ATOM, 32, [uri_list])
    source.set_selection_owner(selection, X.CurrentTime)

    def send(name, *data):
        data = [*data, 0, 0, 0, 0, 0][:5]
        message = event.ClientMessage(window=target, client_type=atom(name), data=(32, data))
        target.send_event(message)
        d.flush()

    def serve(seconds):
        """Answers requests for the list of files; the name of a message that came back, if one did."""
        end = time.time() + seconds
        while time.time() < end:
            while d.pending_events():
                e = d.next_event()
                if e.type == X.SelectionRequest:
                    e.requestor.change_property(e.property, e.target, 8, uris)
                    answer = event.SelectionNotify(
                        time=e.time, requestor=e.requestor, selection=e.selection, target=e.target, property=e.property
                    )
                    e.requestor.send_event(answer)
                    d.flush()
                elif e.type == X.ClientMessage:
                    name = d.get_atom_name(e.client_type)
                    if name == "XdndFinished":
                        return True
            time.sleep(0.02)
        return False

    send("XdndEnter", source.id, 5 << 24, uri_list)
    for step in range(5):
        send("XdndPosition", source.id, 0, (int(x) + step) << 16 | int(y), X.CurrentTime, atom("XdndActionCopy"))
        serve(0.15)
    send("XdndDrop", source.id, 0, X.CurrentTime)
    sys.exit(0 if serve(5) else "the window did not take the files")


if __name__ == "__main__":
    main()
