"""Addresses of the network's pages and data."""

from django.urls import path

from network.views import control, devices, grid, history, interlocks, operate, power_flow, tags, temporary

app_name = "network"
urlpatterns = [
    path("grid/<slug:model>/<int:version>/geometry.bin", grid.geometry, name="geometry"),
    path("grid/<slug:model>/<int:version>/names.json", grid.names, name="names"),
    path("grid/<slug:model>/<int:version>/state.bin", grid.states, name="states"),
    path("network/<slug:model>/device/", devices.device_panel, name="device_panel"),
    path("network/<slug:model>/journal/", devices.journal, name="journal"),
    path("network/<slug:model>/then/state.bin", history.then_states, name="then_states"),
    path("network/<slug:model>/then/ticks.json", history.ticks, name="then_ticks"),
    path("network/<slug:model>/then/device/", history.then_device, name="then_device"),
    path("network/<slug:model>/unusual/", history.unusual, name="unusual"),
    path("network/<slug:model>/lit/<int:branch>/<slug:kind>/", history.trace, name="lit"),
    path("network/<slug:model>/temporary/", temporary.marks, name="temporary_marks"),
    path("network/<slug:model>/temporary/<str:mrid>/<slug:kind>/", temporary.place, name="place_temporary"),
    path("network/temporary/<str:mrid>/remove/", temporary.remove, name="remove_temporary"),
    path("network/<slug:model>/power-flow/", power_flow.overview, name="power_flow"),
    path("network/<slug:model>/power-flow/<slug:kind>.bin", power_flow.heat, name="heat"),
    path("network/<slug:model>/operate/<str:mrid>/<slug:action>/", operate.operate, name="operate"),
    path("network/<slug:model>/select/<str:mrid>/<slug:action>/", operate.select, name="select"),
    path("network/operation/<uuid:operation_id>/", operate.status, name="operation_status"),
    path("network/operation/<uuid:operation_id>/execute/", operate.execute, name="execute"),
    path("network/operation/<uuid:operation_id>/release/", operate.release, name="release"),
    path("network/<slug:model>/second/<str:mrid>/<slug:action>/", operate.second, name="ask_second"),
    path("control/", control.page, name="control"),
    path("control/bar/", control.bar, name="control_bar"),
    path("control/areas/<slug:key>/<slug:verb>/", control.area, name="control_area"),
    path("control/freeze/", control.freeze, name="control_freeze"),
    path("control/lift/", control.lift, name="control_lift"),
    path("control/password/", control.password, name="control_password"),
    path("control/words/<uuid:approval_id>/<slug:verb>/", control.word, name="control_word"),
    path("control/tasks/<uuid:operation_id>/", control.task, name="control_task"),
    path("control/plans/<int:plan_id>/", control.plan, name="control_plan"),
    path("control/interlocks/", interlocks.page, name="interlocks"),
    path("control/interlocks/new/", interlocks.make, name="interlock_make"),
    path("control/interlocks/<int:interlock_id>/remove/", interlocks.remove, name="interlock_remove"),
    path("network/<slug:model>/tag/<str:mrid>/", tags.tag, name="tag"),
    path("network/tag/<int:tag_id>/remove/", tags.remove, name="remove_tag"),
]
