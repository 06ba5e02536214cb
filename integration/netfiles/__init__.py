"""Network files that are no CIM: MATPOWER cases, pandapower JSON, folders of CSV. Each becomes a network for studies."""
