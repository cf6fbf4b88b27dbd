"""A kind of import contract: what some packages may import of another one, and nothing else of it.

Import-linter's own kinds name what is forbidden, so that a new module is allowed until somebody thinks of it.
"""

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class AllowedImports(Contract):
    """Direct imports of a package, by others, are those of a list.

    Options:
        source_modules: Packages whose imports are checked.
        package: Of which package; imports of others are none of this contract's business.
        allowed_modules: Modules and packages they may import of it.
    """

    type_name = "allowed"

    source_modules = fields.ListField(subfield=fields.StringField())
    package = fields.StringField()
    allowed_modules = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Look at every direct import."""
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
        """Say each import that is not of the list."""
        for line in check.metadata["wrong"]:
            output.print_error(f"expected an import of the contract's list, found: {line}")


def _is_in(module: str, packages: list[str]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)
