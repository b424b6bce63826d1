"""A component's parameters: their types, a call's arguments as JSON data, and which of them name its step."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, Unpack, get_args, get_origin, get_type_hints

from ..core.codec import Field, Learn
from ..data.set_order import canonical
from ..errors import EncodingError

_ITEMS = inspect.Parameter.VAR_POSITIONAL
_NAMED = inspect.Parameter.VAR_KEYWORD
_BY_PLACE = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.POSITIONAL_ONLY)
_MISSING: Any = object()


class Parameters:
    """The parameters of one component's body. `where` names the component in errors."""

    def __init__(self, body: Callable[..., Any], where: str) -> None:
        self._body = body
        self._where = where

    @functools.cached_property
    def signature(self) -> inspect.Signature:
        return inspect.signature(self._body)

    @functools.cached_property
    def hints(self) -> dict[str, Any]:
        """The types by name, the result's as `return`. Raises TypeError for a name that cannot be resolved."""
        try:
            return get_type_hints(self._body, include_extras=True)
        except NameError as error:
            raise TypeError(
                f"{self._where}: its type hint {error.name!r} cannot be found when it runs. "
                "Import it at the top of the module, outside `if TYPE_CHECKING:`."
            ) from error

    @functools.cached_property
    def fields(self) -> dict[str, Field]:
        """Each argument by its name; `*args` as the tuple, `**kwargs` as the dict that the body gets."""
        return {
            name: Field(self._type_of(each), f"{self._where}, argument {name!r}")
            for name, each in self.signature.parameters.items()
        }

    @functools.cached_property
    def result(self) -> Field:
        """What the body returns."""
        return Field(self.hints.get("return", Any), f"{self._where}, result")

    def _type_of(self, parameter: inspect.Parameter) -> Any:
        hint = self.hints.get(parameter.name, Any)
        if parameter.kind not in (_ITEMS, _NAMED):
            return hint
        if get_origin(hint) is Unpack:
            return get_args(hint)[0]
        return tuple.__class_getitem__((hint, ...)) if parameter.kind is _ITEMS else dict.__class_getitem__((str, hint))

    @functools.cached_property
    def _by_place(self) -> tuple[str, ...]:
        """The names where all can be passed by position; else ()."""
        parameters = self.signature.parameters.values()
        return tuple(self.signature.parameters) if all(each.kind in _BY_PLACE for each in parameters) else ()

    @functools.cached_property
    def _defaults(self) -> dict[str, Any]:
        """The defaults, of the parameters that have one."""
        found: dict[str, Any] = {}
        for name, each in self.signature.parameters.items():
            if each.kind is _ITEMS:
                found[name] = ()
            elif each.kind is _NAMED:
                found[name] = {}
            elif each.default is not inspect.Parameter.empty:
                found[name] = each.default
        return found

    @functools.cached_property
    def _default_data(self) -> dict[str, Any]:
        """The defaults as JSON data, as far as they can be written."""
        found = {}
        for name, default in self._defaults.items():
            try:
                found[name] = self.fields[name].encode(default)
            except EncodingError:
                continue
        return found

    def bound(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments by name, defaults included. Raises TypeError as the call itself would."""
        if not kwargs and len(args) == len(self._by_place):
            return dict(zip(self._by_place, args, strict=True))
        given = self.signature.bind(*args, **kwargs).arguments
        return {name: given[name] if name in given else self._defaults[name] for name in self.signature.parameters}

    def encoded(self, values: dict[str, Any], learn: Learn | None) -> dict[str, Any]:
        """Return the arguments as JSON data. Raises EncodingError."""
        fields = self.fields
        return {name: fields[name].encode(value, learn) for name, value in values.items()}

    def naming(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments that name the step: all but those that equal their default.

        So a parameter that is added with a default changes no key, and nor does a changed default: a finished step
        keeps its record.
        """
        if not self._default_data:
            return data
        default = self._default_data
        return {name: value for name, value in data.items() if not _is_same(value, default.get(name, _MISSING))}

    def own(self, values: dict[str, Any], data: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return the body's own copies of the arguments. Raises EncodingError for what cannot be read back."""
        fields = self.fields
        return self._called({name: fields[name].own(value, data[name]) for name, value in values.items()})

    def read(self, data: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return the arguments that an edited input, JSON data, describes. Raises EncodingError or TypeError."""
        unknown = data.keys() - self.signature.parameters.keys()
        missing = self.signature.parameters.keys() - data.keys() - self._defaults.keys()
        if unknown or missing:
            wrong = [f"no {name!r}" for name in sorted(missing)] + [f"{name!r} is unknown" for name in sorted(unknown)]
            raise EncodingError(f"{self._where}: its input does not fit: {', '.join(wrong)}")
        return self._called(
            {
                name: field.decode(data[name], by_alias=True) if name in data else self._defaults[name]
                for name, field in self.fields.items()
            }
        )

    def _called(self, values: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        if self._by_place:
            return tuple(values.values()), {}
        bound = inspect.BoundArguments(self.signature, values)
        return bound.args, bound.kwargs


def _is_same(value: Any, default: Any) -> bool:
    """Return whether JSON data are the same: unlike for Python, 1, 1.0 and True are not."""
    if value is default:
        return True
    if type(value) is not type(default) or value != default:
        return False
    return not isinstance(value, dict | list) or canonical(value) == canonical(default)
