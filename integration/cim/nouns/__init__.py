"""One module per noun: a validated payload to plain dataclasses, or dataclasses to a payload. Item errors are told one by one."""
