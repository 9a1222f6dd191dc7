/**
 * A relay of TCP connections: $1 is where it listens (`loopback` or `any`), $2 its port, $3 and $4 where it leads, the
 * rest who may come besides this machine itself. Anybody else is hung up on at once.
 */
export const RELAY = `# Written by Windlass for a rehearsal.
import socket, sys, threading

listen, port, host, to = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
allowed = {'127.0.0.1', '::1'}
for word in sys.argv[5:]:
    allowed |= {found[4][0] for found in socket.getaddrinfo(word, None)}

def pump(come, go):
    try:
        while True:
            data = come.recv(65536)
            if not data:
                break
            go.sendall(data)
    except OSError:
        pass
    # The other direction may have something to say yet.
    for end, how in ((go, socket.SHUT_WR), (come, socket.SHUT_RD)):
        try:
            end.shutdown(how)
        except OSError:
            pass

def serve(client):
    with client:
        try:
            server = socket.create_connection((host, to), timeout=10)
        except OSError as error:
            print('no way to %s port %d: %s' % (host, to, error), flush=True)
            return
        with server:
            server.settimeout(None)
            back = threading.Thread(target=pump, args=(server, client), daemon=True)
            back.start()
            pump(client, server)
            back.join()

def listener():
    if listen == 'loopback':
        kind, where = socket.AF_INET, '127.0.0.1'
    else:
        kind, where = (socket.AF_INET6, '::') if socket.has_ipv6 else (socket.AF_INET, '0.0.0.0')
    try:
        made = socket.socket(kind, socket.SOCK_STREAM)
        if kind == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((where, port))
    except OSError:
        if kind != socket.AF_INET6:
            raise
        made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(('0.0.0.0', port))
    made.listen(128)
    return made

with listener() as door:
    while True:
        client, peer = door.accept()
        if peer[0].replace('::ffff:', '') not in allowed:
            print('hung up on %s' % peer[0], flush=True)
            client.close()
            continue
        threading.Thread(target=serve, args=(client,), daemon=True).start()
`;

/** What the unit of a relay is, and what a database server says first through it, as JSON. $1 unit, $2 port on the loopback. */
export const GREETING = String.raw`import json, socket, subprocess, sys

unit, port = sys.argv[1], int(sys.argv[2])
ran = subprocess.run(['systemctl', 'show', '--property=Description', '--property=ActiveState', '--', unit], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
is_ = dict(line.split('=', 1) for line in ran.stdout.decode('utf-8', 'replace').splitlines() if '=' in line)
said = ''
try:
    with socket.create_connection(('127.0.0.1', port), timeout=10) as link:
        # Length and number of the packet, then protocol 10 and the version up to a NUL.
        first = link.recv(256)
        if len(first) > 5 and first[4:5] == b'\x0a':
            said = first[5:].split(b'\x00')[0].decode('ascii', 'replace')
except OSError:
    pass
print(json.dumps({'active': is_.get('ActiveState', ''), 'description': is_.get('Description', ''), 'server': said}))
`;
