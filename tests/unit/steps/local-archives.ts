/** Makes archives of the packages below /srv/old and /srv/new, and has apt take the old ones and nothing else. */
export const LOCAL_ARCHIVES = `for release in old new; do
  cd "/srv/$release"
  for deb in *.deb; do
    dpkg-deb -f "$deb"
    printf 'Filename: ./%s\\nSize: %s\\nSHA256: %s\\n\\n' "$deb" "$(stat -c %s "$deb")" "$(sha256sum "$deb" | cut -d' ' -f1)"
  done >Packages
done
rm -f /etc/apt/sources.list.d/* /etc/apt/preferences.d/*
echo 'deb [trusted=yes] copy:/srv/old ./' >/etc/apt/sources.list
rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb
apt-get -q update
`;
