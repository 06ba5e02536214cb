"""Addresses of the pages of outages, calls, dispatch and reliability."""

from django.urls import path

from outages.views import actions, calls, commands, control_room, crew, dispatch, find, outages, proof, reliability

app_name = "outages"
urlpatterns = [
    path("", control_room.control_room, name="control_room"),
    path("find/", find.find, name="find"),
    path("outages/side/", control_room.side_list, name="side_list"),
    path("outages/intake/", control_room.intake, name="intake"),
    path("outages/of/<slug:model>/<str:mrid>/", control_room.device_outage, name="device_outage"),
    path("outages/kpis/", control_room.kpis, name="kpis"),
    path("outages/", outages.outage_list, name="outage_list"),
    path("outages/<int:outage_id>/", outages.outage_page, name="outage_page"),
    path("outages/<int:outage_id>/acknowledge/", actions.acknowledge, name="acknowledge"),
    path("outages/<int:outage_id>/confirm/", actions.confirm, name="confirm"),
    path("outages/<int:outage_id>/etr/", actions.etr, name="etr"),
    path("outages/<int:outage_id>/restore/", actions.restore, name="restore"),
    path("outages/<int:outage_id>/complete/", actions.complete, name="complete"),
    path("outages/<int:outage_id>/cancel/", actions.cancel, name="cancel"),
    path("outages/<int:outage_id>/reopen/", actions.reopen, name="reopen"),
    path("outages/<int:outage_id>/assign/", dispatch.assign, name="assign"),
    path("work/<int:assignment_id>/unassign/", dispatch.unassign, name="unassign"),
    path("work/<int:assignment_id>/<slug:state>/", actions.progress, name="progress"),
    path("dispatch/", dispatch.dispatch, name="dispatch"),
    path("dispatch/outages/", dispatch.dispatch_outages, name="dispatch_outages"),
    path("dispatch/lanes/", dispatch.dispatch_lanes, name="dispatch_lanes"),
    path("dispatch/move/", dispatch.dispatch_move, name="dispatch_move"),
    path("dispatch/command/", commands.dispatch_command, name="dispatch_command"),
    path("dispatch/<int:outage_id>/crews/", dispatch.dispatch_crews, name="dispatch_crews"),
    path("dispatch/<int:outage_id>/assign/", dispatch.dispatch_assign, name="dispatch_assign"),
    path("crew/", crew.crew_page, name="crew_page"),
    path("crew/jobs/", crew.crew_jobs, name="crew_jobs"),
    path("crew/<int:assignment_id>/progress/", crew.crew_progress, name="crew_progress"),
    path("crew/<int:assignment_id>/done/", crew.crew_done, name="crew_done"),
    path("calls/", calls.call_list, name="call_list"),
    path("calls/new/", calls.call_new, name="call_new"),
    path("calls/customers/", calls.customer_search, name="customer_search"),
    path("calls/customers/<int:usage_point>/", calls.customer_card, name="customer_card"),
    path("reliability/", reliability.reliability, name="reliability"),
    path("reliability/feeder/", reliability.reliability_feeder, name="reliability_feeder"),
    path("reliability/method/", reliability.reliability_method, name="reliability_method"),
    path("reliability/rows/", proof.reliability_rows, name="reliability_rows"),
    path("reliability/rows.csv", proof.reliability_csv, name="reliability_csv"),
    path("reliability/rows/<int:row_id>/correct/", proof.correct_row, name="correct_row"),
]
