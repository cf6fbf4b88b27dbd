"""A kind of import contract: the modules of a package that other packages may import.

Import-linter's own kinds name what is forbidden, so that a new module is allowed until somebody thinks of it.
"""

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class AllowedImports(Contract):
    """Direct imports of a package, by others, are those of a list.

    Options:
        source_modules: Packages whose imports are checked.
        package: The package whose modules they import; imports of other packages are not checked.
        allowed_modules: Modules and packages of it that they may import.
    """

    type_name = "allowed"

    source_modules = fields.ListField(subfield=fields.StringField())
    package = fields.StringField()
    allowed_modules = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Check every direct import."""
        wrong = [
            f"{detail['importer']}:{detail['line_number']} imports {imported}"
            for importer in sorted(graph.modules)
            if _is_in(importer, self.source_modules)
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if _is_in(imported, [self.package]) and not _is_in(imported, self.allowed_modules)
            for detail in graph.get_import_details(importer=importer, imported=imported)
        ]
        return ContractCheck(kept=not wrong, metadata={"wrong": wrong})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print each import that is not in the list."""
        for line in check.metadata["wrong"]:
            output.print_error(f"expected an import of the contract's list, found: {line}")


def _is_in(module: str, packages: list[str]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)
