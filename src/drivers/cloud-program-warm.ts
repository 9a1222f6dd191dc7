/** How the program of `cloud-program.ts` asks one node's API as a client would. */
export const WARM = `# The application, its middleware, its database and the token's own way are all behind this one question, which is put
# until the first answer that is not at once. Read-only.
def warm(cloud, args):
    if args.login:
        cloud.env['OS_AUTH_URL'] = args.at
    cloud.login()
    seconds = []
    for _ in range(args.times):
        begin = time.monotonic()
        cloud.send('GET', args.at + args.path.replace('{project}', cloud.project), None, {'X-Auth-Token': cloud.token}, tries=1)
        seconds.append(round(time.monotonic() - begin, 2))
    print(json.dumps({'seconds': seconds}))

`;
