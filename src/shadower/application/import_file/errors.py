"""Why an import does not begin. Each of these is found before anything is sent."""

from shadower.domain.errors import Conflict, Invalid


class FieldUnknown(Invalid):
    """A field that events do not have."""

    code = "import_field_unknown"


class PlanInvalid(Invalid):
    """What is asked for contradicts itself."""

    code = "import_plan_invalid"


class ColumnUnknown(Invalid):
    """A column that the file does not have, or has twice."""

    code = "import_column_unknown"


class PlanChanged(Conflict):
    """Rows of this file are stored already, and were made into events in another way."""

    code = "import_plan_changed"


class FileChanged(Conflict):
    """The part of the file that is stored already reads differently now."""

    code = "import_file_changed"
