"""The world outside, simulated: a network with faults in it, and the systems of other makers that watch it.

It knows nothing of Tieline but its addresses: what it learns of the network it fetches over HTTP (`GET /api/v1/simulation/world`),
what happens out there it tells in CIM messages that it writes itself (`POST /cim/v1/messages`), what it is asked to do comes to
its own HTTP server. It touches no database, imports no other package of the project, and is imported by none.

    scenarios -> play -> world          faults, switches, who has supply: the physical truth
                          |
          headend   scada   callers     what each of them sees of it, and how badly
                          |
                      delivery -> client -> POST        queues of their own, the same id until it is answered
          listening -> scada                            commands and outages that come from the server
"""
