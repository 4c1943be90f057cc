"""The text of classes and functions that a script or a notebook defines, with all that they use of it."""

from __future__ import annotations
import __future__

import ast
import dis
import inspect
import linecache
import re
import sys
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from functools import cache, partial
from importlib.metadata import packages_distributions
from types import CodeType, FunctionType, ModuleType
from typing import Any

from ganlab.errors import InputError

PLAIN = (bool, int, float, complex, str, bytes, type(None), type(...))
INSTEAD = "give a class or a function that a script, a module or a cell defines at its top level"
ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
IN_A_CLASS = ("LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS")  # the second from Python 3.12 on

Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


class Definitions:
    """Python text that defines what is added: classes and functions, with the imports, constants and helpers they use.

    What is imported from an installed package is imported in the text too; what comes from a file of the user's own is
    copied from it.
    """

    def __init__(self) -> None:
        self._parts: dict[str, str] = {}
        self._values: dict[str, Any] = {}
        self._postponed = False

    @property
    def text(self) -> str:
        """All that was added, in an order in which it runs."""
        first = ["from __future__ import annotations"] if self._postponed else []
        imports = [part for part in self._parts.values() if part.startswith(("import ", "from "))]
        others = [part for part in self._parts.values() if part not in imports]
        return "\n".join([*first, *sorted(imports), "", "\n\n".join(others), ""])

    def add(self, value: Any) -> str:
        """An expression that stands for `value`, a class, a function, or a `partial` of one, after the text has run.

        Raises:
            InputError: its text is not to be had, or it uses what has none.
        """
        if isinstance(value, partial):
            self._add("partial", partial, "it")
            given = [_written(one, f"an argument of the partial of {_name(value.func)}") for one in value.args]
            given += [f"{key}={_written(one, f'the argument {key}')}" for key, one in value.keywords.items()]
            return f"partial({', '.join([self.add(value.func), *given])})"
        if not isinstance(value, type | FunctionType):
            raise InputError(f"{_name(value)} is neither a class nor a function; {INSTEAD}")
        self._add(value.__name__, value, "it")
        self._check(value)
        return value.__name__

    def _check(self, value: type | FunctionType) -> None:
        """Run the text, whose constants are those of now, and compare all that it defines with what is there.

        Raises:
            InputError: a default, an attribute, a base or a method was made of other values.
        """
        made: dict[str, Any] = {"__name__": value.__module__}
        try:
            exec(compile(self.text, "<text>", "exec", dont_inherit=True), made)
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            raise InputError(f"the text of {_name(value)} with all that it uses does not run ({reason})") from error
        for name, one in reversed(self._values.items()):  # what others use is blamed first
            if isinstance(one, type | FunctionType) and not _is_made_alike(one, made[name]):
                raise InputError(
                    f"{_name(one)} is no longer what its text says: a default, an attribute, a base or a method of it "
                    "has changed, or a value that they were made of; run its definition again"
                )

    def _add(self, name: str, value: Any, user: str) -> None:
        """Define `name` as `value`, which `user` uses."""
        if name in self._values:
            if self._values[name] is not value:
                raise InputError(f"two things that the networks use are called '{name}'; rename one of them")
            return
        self._values[name] = value
        if isinstance(value, ModuleType):
            self._parts[name] = _import_of(name, value, user)
        elif isinstance(value, type | FunctionType) and not _is_own(value.__module__):
            whole = f"from {value.__module__} import {value.__qualname__}"
            self._parts[name] = whole if value.__qualname__ == name else f"{whole} as {name}"
        elif isinstance(value, type | FunctionType):
            self._define(name, value)
        elif callable(value) and getattr(value, "__module__", None) and not _is_own(value.__module__):
            self._parts[name] = f"from {value.__module__} import {value.__name__} as {name}"
        else:
            text = _written(value, f"'{name}', which {user} uses,")
            self._parts[name] = f"{name} = {text}"

    def _define(self, name: str, value: type | FunctionType) -> None:
        text, namespace = _found(value)
        postponed = namespace.get("annotations") is __future__.annotations
        flags = __future__.annotations.compiler_flag if postponed else 0
        code = compile(text, "<text>", "exec", flags, dont_inherit=True)
        if value.__name__ != name:
            text = f"{text}\n\n{name} = {value.__name__}"
        self._postponed |= postponed
        for used in sorted(set(_names(code))):
            if used in namespace and used != value.__name__:
                self._add(used, namespace[used], _name(value))
        self._parts[name] = text  # after what it uses


def _found(value: type | FunctionType) -> tuple[str, Mapping[str, Any]]:
    """The text of a definition, and the names around it.

    Raises:
        InputError: it is not at the top level, or has no text, or its text has changed since it ran.
    """
    if "." in value.__qualname__ or value.__name__ == "<lambda>":
        raise InputError(f"{_name(value)} is not at the top level of its file, which alone could be kept; {INSTEAD}")
    functions = [inspect.unwrap(value)] if isinstance(value, FunctionType) else list(_methods(value))
    file = _file(value.__module__, functions)
    functions = [one for one in functions if one.__code__.co_filename == file]  # a dataclass has methods of no file
    lines = linecache.getlines(file)
    found = _defined(value.__name__, "".join(lines))
    for tree, codes in reversed(found):
        if all(_instructions(one.__code__) in codes for one in functions):
            namespace = functions[0].__globals__ if functions else vars(sys.modules[value.__module__])
            return "".join(lines[_start(tree) - 1 : tree.end_lineno]).rstrip(), namespace
    if found:
        raise InputError(f"{_name(value)} is no longer what {file} says; run or import it again")
    raise InputError(f"the text of {_name(value)} is not to be had, and runs must keep it; {INSTEAD}")


def _file(module: str, functions: list[FunctionType]) -> str:
    """The file with the text of these functions of a module; the module's own where none has a text."""
    files = (one.__code__.co_filename for one in functions)
    return next(filter(linecache.getlines, files), getattr(sys.modules.get(module), "__file__", None) or "")


def _methods(kind: type) -> Iterator[FunctionType]:
    """The functions that the body of a class defines."""
    for one in vars(kind).values():
        function = _function(one)
        if isinstance(function, FunctionType) and function.__qualname__.startswith(f"{kind.__qualname__}."):
            yield function


def _function(attribute: Any) -> Any:
    """The function inside a class method, a static method, a property or a wrapper; anything else as it is."""
    if isinstance(attribute, classmethod | staticmethod):
        attribute = attribute.__func__
    elif isinstance(attribute, property):
        attribute = attribute.fget
    return inspect.unwrap(attribute)


def _defined(name: str, text: str) -> list[tuple[Definition, list[tuple[Any, ...]]]]:
    """The definitions of `name` at the top level of `text`, with the instructions of all functions in each."""
    try:
        tree, whole = ast.parse(text), compile(text, "<text>", "exec", dont_inherit=True)
    except SyntaxError:
        return []
    chosen = [one for one in tree.body if isinstance(one, Definition) and one.name == name]
    lines = [range(_start(one), (one.end_lineno or one.lineno) + 1) for one in chosen]
    codes = list(_codes(whole))
    return [
        (one, [_instructions(code) for code in codes if code.co_firstlineno in its])
        for one, its in zip(chosen, lines, strict=True)
    ]


def _start(tree: Definition) -> int:
    """Its first line, that of its first decorator."""
    return min([tree.lineno, *(one.lineno for one in tree.decorator_list)])


def _codes(code: CodeType) -> Iterator[CodeType]:
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield one
            yield from _codes(one)


def _instructions(code: CodeType) -> tuple[Any, ...]:
    """What a function does, wherever it stands."""
    constants = [_instructions(one) if isinstance(one, CodeType) else (type(one), one) for one in code.co_consts]
    return code.co_name, tuple(_operations(code)), code.co_names, code.co_varnames, tuple(constants)


def _operations(code: CodeType) -> Iterator[tuple[str, Any]]:
    """The operations of a function and what each is given, the same whether its file or another imports what it calls.

    Where the same text imports `nn`, Python 3.11 compiles `nn.Linear()` to LOAD_ATTR with a NULL, else to LOAD_METHOD.
    """
    listed = [one for one in dis.get_instructions(code) if one.opname not in ("PUSH_NULL", "EXTENDED_ARG")]
    offsets = [one.offset for one in listed]
    for one in listed:
        given = one.arg if one.opcode in dis.hasconst else one.argval
        if one.opcode in dis.hasjrel or one.opcode in dis.hasjabs:
            given = bisect_left(offsets, one.argval)
        yield one.opname.replace("LOAD_METHOD", "LOAD_ATTR"), given


def _names(code: CodeType) -> Iterator[str]:
    """The names that a definition reads from around it, which leaves out its local variables."""
    stored = {"__name__"}  # each class reads the name of its module, and each module has its own
    for one in dis.get_instructions(code):
        if one.opname == "STORE_NAME":
            stored.add(one.argval)
        elif one.opname == "LOAD_GLOBAL" or (one.opname in IN_A_CLASS and one.argval not in stored):
            yield one.argval
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _names(inner)


def _is_made_alike(live: type | FunctionType, made: Any) -> bool:
    """Whether a class or a function is what its text has made.

    Raises:
        InputError: something in it holds itself, so that a comparison has no end.
    """
    try:
        return _same(live, made)
    except RecursionError:
        raise InputError(
            f"{_name(live)} has an attribute, a default or a base that holds itself, so it cannot be compared with its "
            "text; make it in a method, or register a builder in a plugin (ganlab.plugin)"
        ) from None


def _same(live: Any, made: Any) -> bool:
    """Whether two values are alike; objects that are neither code nor constants are, if they print the same."""
    live, made = _function(live), _function(made)
    if live is made:
        return True
    if type(live).__qualname__ != type(made).__qualname__:
        return False
    if isinstance(live, FunctionType):
        same_code = _instructions(live.__code__) == _instructions(made.__code__)
        return same_code and _same(_defaults(live), _defaults(made))
    if isinstance(live, type):
        same_kind = live.__qualname__ == made.__qualname__ and _same(live.__bases__, made.__bases__)
        return same_kind and _same(_attributes(live), _attributes(made))
    if isinstance(live, tuple | list):
        return len(live) == len(made) and all(map(_same, live, made))
    if isinstance(live, dict):
        return live.keys() == made.keys() and all(_same(one, made[key]) for key, one in live.items())
    if isinstance(live, set | frozenset):
        return bool(live == made)
    if isinstance(live, partial):
        return _same((live.func, live.args, live.keywords), (made.func, made.args, made.keywords))
    if inspect.getattr_static(type(live), "__repr__") is object.__repr__:  # it prints its address alone
        return _same(getattr(live, "__dict__", {}), getattr(made, "__dict__", {}))
    return ADDRESS.sub("", repr(live)) == ADDRESS.sub("", repr(made))


def _defaults(function: FunctionType) -> tuple[Any, ...]:
    return function.__defaults__, function.__kwdefaults__


def _attributes(kind: type) -> dict[str, Any]:
    """What the body of a class, or somebody after it, has set, without what Python adds."""
    return {
        name: one
        for name, one in vars(kind).items()
        if not name.startswith("__") or isinstance(_function(one), FunctionType)
    }


def _import_of(name: str, module: ModuleType, user: str) -> str:
    if _is_own(module.__name__):
        raise InputError(
            f"{user} uses the module {module.__name__}, which runs would not keep; import what it uses by name, as "
            f"'from {module.__name__} import ...', or install the module"
        )
    return f"import {name}" if module.__name__ == name else f"import {module.__name__} as {name}"


def _is_own(module: str) -> bool:
    """Whether a module is the user's: a script, a notebook, or a file that no package installed."""
    top = module.partition(".")[0]
    known = top == "ganlab" or top in sys.stdlib_module_names or top in _installed()
    return top == "__main__" or not known


@cache
def _installed() -> frozenset[str]:
    """The modules of all installed packages, which takes a second to find out."""
    return frozenset(packages_distributions())


def _written(value: Any, what: str) -> str:
    """A constant as text.

    Raises:
        InputError: it is no constant, or one that holds itself.
    """
    try:
        return _literal(value, what)
    except RecursionError:
        raise InputError(f"{what} holds itself, or is nested too deeply to be kept as text") from None


def _literal(value: Any, what: str) -> str:
    if type(value) in (tuple, list, set, frozenset):
        parts = [_literal(one, what) for one in (value if type(value) in (tuple, list) else sorted(value, key=repr))]
        return f"{type(value).__name__}([{', '.join(parts)}])"
    if type(value) is dict:
        return f"{{{', '.join(f'{_literal(key, what)}: {_literal(one, what)}' for key, one in value.items())}}}"
    if type(value) not in PLAIN:
        raise InputError(
            f"{what} is a {type(value).__name__}, whose text runs cannot keep; make it in the class or function, or "
            "register a builder in a plugin (ganlab.plugin)"
        )
    return "..." if value is ... else f"float('{value}')" if isinstance(value, float) else repr(value)


def _name(value: Any) -> str:
    return f"'{getattr(value, '__qualname__', type(value).__name__)}'"
