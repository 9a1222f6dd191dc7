"""Prints as JSON every option that the OpenStack packages of this root file system tell of themselves.

Run by scripts/options.ts inside that root. The source is what oslo-config-generator reads: the entry points
`oslo.config.opts`. Each Python package gets a process of its own, since two services in one would register one
option twice.
"""

import importlib.metadata
import json
import logging
import os
import pathlib
import re
import sys
import warnings

from oslo_config import cfg

# Options that are registered but in no list: `cfg.StrOpt('name', …)` anywhere in a package's code but its tests.
REGISTERS = re.compile(r"""\b(?:\w*Opt|_option)\(\s*(?:name=)?['"]([A-Za-z][\w-]*)['"]""")


def told(entry_point):
    for group, options in entry_point.load()():
        name = group.name if isinstance(group, cfg.OptGroup) else group or 'DEFAULT'
        for option in options:
            choices = getattr(option.type, 'choices', None) or []
            yield {
                'group': name,
                'name': option.dest,
                'was': [[old.group or name, old.name or option.dest] for old in option.deprecated_opts],
                'leaves': bool(option.deprecated_for_removal),
                'why': option.deprecated_reason,
                'since': option.deprecated_since,
                'multi': bool(option.multi),
                'secret': bool(option.secret),
                'choices': [str(choice) for choice in choices],
            }


def read(entry_points):
    options, faults = [], {}
    for entry_point in entry_points:
        try:
            options += told(entry_point)
        except Exception as error:
            faults[entry_point.name] = f'{type(error).__name__}: {error}'
    return {'options': options, 'faults': faults}


def apart(entry_points):
    """The same in a process of its own."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        # What a library prints while it is loaded must not get into the answer.
        os.dup2(2, 1)
        with os.fdopen(writer, 'w') as answer:
            json.dump(read(entry_points), answer)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        text = answer.read()
    if os.waitpid(child, 0)[1] != 0:
        sys.exit(f'reading {[one.name for one in entry_points]} failed')
    return json.loads(text)


def registered(distribution, entry_points):
    names = set()
    for module in {one.module.split('.')[0] for one in entry_points}:
        for path in pathlib.Path(distribution.locate_file(module)).glob('**/*.py'):
            if 'tests' not in path.parts:
                names.update(REGISTERS.findall(path.read_text(errors='replace')))
    return sorted({name.replace('-', '_') for name in names})


def auth():
    """Names that any keystoneauth plugin, session or adapter takes in the group that holds its credentials."""
    from keystoneauth1 import loading

    options = loading.get_session_conf_options() + loading.get_adapter_conf_options()
    options += loading.get_auth_common_conf_options()
    for loader in loading.get_available_plugin_loaders().values():
        options += [option._to_oslo_opt() for option in loader.get_options()]
    return sorted({name for one in options for name in [one.dest, *(old.name for old in one.deprecated_opts)] if name})


def main():
    warnings.simplefilter('ignore')
    logging.disable(logging.CRITICAL)
    packages = {}
    for distribution in importlib.metadata.distributions():
        found = [one for one in distribution.entry_points if one.group == 'oslo.config.opts']
        if found:
            name = distribution.metadata['Name'].replace('-', '_').replace('.', '_').lower()
            packages[name] = {**apart(found), 'version': distribution.version, 'registers': registered(distribution, found)}
    json.dump({'auth': auth(), 'packages': packages}, sys.stdout)


main()
