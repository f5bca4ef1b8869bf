using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using Serve.Specs.Autoscaling;

namespace Serve.Specs.Parsing;

/// <summary>
/// Fills records whose properties carry <see cref="KeyAttribute"/> from a document, strictly: an unknown key, a wrong type and a value
/// out of range are errors, and all of them are found in one pass.
/// </summary>
internal sealed class ConfigBinder
{
    private static readonly NullabilityInfoContext Nullability = new();
    private readonly List<SpecError> _errors = [];
    private readonly List<SpecError> _warnings = [];

    private ConfigBinder()
    {
    }

    /// <summary>Binds a document. The value is usable only where there is no error.</summary>
    public static Reading<T> Bind<T>(ConfigNode document)
        where T : class
    {
        var binder = new ConfigBinder();
        var value = binder.BindRecord(document, typeof(T), "");
        return new Reading<T>((T)value, binder._errors, binder._warnings);
    }

    private object BindRecord(ConfigNode node, Type type, string path)
    {
        var record = Activator.CreateInstance(type)!;
        if (node is not ConfigMap map)
        {
            Report(node, path, $"expected a mapping with keys such as '{ConfigKey.Of(type)[0].Name}', found {node.Kind}.");
            return record;
        }

        var keys = ConfigKey.Of(type);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in map.Entries)
        {
            var key = keys.FirstOrDefault(candidate => candidate.Name == entry.Key);
            if (key is null)
                ReportUnknown(entry, type, path);
            else if (!seen.Add(entry.Key))
                _errors.Add(SpecError.Duplicate(entry, Join(path, entry.Key)));
            else
                Assign(record, key, entry, Join(path, entry.Key));
        }

        foreach (var missing in keys.Where(key => key.Attribute.Required && !seen.Contains(key.Name)))
            Report(node, Join(path, missing.Name), $"the key '{missing.Name}' is missing: {missing.Attribute.Meaning}");
        return record;
    }

    private void Assign(object record, ConfigKey key, ConfigEntry entry, string path)
    {
        if (entry.Value is ConfigScalar { ScalarKind: ScalarKind.Null })
        {
            if (IsNullable(key.Property))
                key.Property.SetValue(record, null);
            else
                Report(entry.Value, path, $"null is not a value here; {(key.Attribute.Required ? "the key is required" : "leave the key out to get its default")}.");
            return;
        }

        if (BindValue(entry.Value, key.ValueType, path) is not { } value || !IsInRange(value, key, entry.Value, path) || !IsDefaultWhereItMustBe(value, record, key, entry, path))
            return;
        if (key.Attribute.Deprecated is { } instead)
            _warnings.Add(new SpecError(path, $"the key '{key.Name}' is deprecated; {instead}.", entry.KeyLocation));
        key.Property.SetValue(record, value is long whole && key.ValueType == typeof(int) ? (int)whole : value);
    }

    private object? BindValue(ConfigNode node, Type type, string path) => type switch
    {
        _ when type == typeof(string) => BindString(node, path),
        _ when type == typeof(bool) => BindScalar(node, path, "true or false", ScalarKind.Boolean, text => bool.Parse(text)),
        _ when type == typeof(int) || type == typeof(long) => BindWhole(node, path),
        _ when type == typeof(double) => BindNumber(node, path),
        _ when type == typeof(TimeSpan) => BindNumber(node, path) is { } seconds ? ToTimeSpan(seconds, node, path) : null,
        _ when type == typeof(ReplicaCount) => BindCount(node, path),
        _ when type.IsEnum => BindEnum(node, type, path),
        _ when type == typeof(JsonNode) => BindFreeForm(node, path),
        _ when type == typeof(JsonObject) => BindMap(node, path) is { } map ? BindFreeForm(map, path) : null,
        _ when type == typeof(IReadOnlyDictionary<string, string>) => BindEntries(node, path, BindString),
        _ when type == typeof(IReadOnlyDictionary<string, double>) => BindEntries(node, path, BindNumber),
        _ when type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) => BindList(node, type.GetGenericArguments()[0], path),
        _ => BindRecord(node, type, path),
    };

    private string? BindString(ConfigNode node, string path)
    {
        if (node is ConfigScalar { ScalarKind: ScalarKind.Text } scalar)
            return scalar.Text;
        var hint = node switch
        {
            ConfigScalar { ScalarKind: ScalarKind.Null } => "; write '' for an empty text",
            ConfigScalar => "; put it in quotes",
            _ => "",
        };
        Report(node, path, $"expected text, found {node.Kind}{hint}.");
        return null;
    }

    private object? BindScalar(ConfigNode node, string path, string expected, ScalarKind kind, Func<string, object> parse)
    {
        if (node is ConfigScalar scalar && scalar.ScalarKind == kind)
            return parse(scalar.Text);
        Report(node, path, $"expected {expected}, found {node.Kind}.");
        return null;
    }

    private double? BindNumber(ConfigNode node, string path)
    {
        if (node is not ConfigScalar { ScalarKind: ScalarKind.Number } scalar)
        {
            Report(node, path, $"expected a number, found {node.Kind}.");
            return null;
        }

        var number = double.Parse(scalar.Text, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (double.IsFinite(number))
            return number;
        Report(node, path, $"{node.Kind} is too large for a number.");
        return null;
    }

    private long? BindWhole(ConfigNode node, string path)
    {
        if (node is not ConfigScalar { ScalarKind: ScalarKind.Number } scalar || !scalar.Text.TrimStart('-').All(char.IsAsciiDigit))
            Report(node, path, $"expected a whole number, found {node.Kind}.");
        else if (!long.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            Report(node, path, $"{node.Kind} is out of range.");
        else
            return number;
        return null;
    }

    private ReplicaCount? BindCount(ConfigNode node, string path)
    {
        if (node is ConfigScalar { ScalarKind: ScalarKind.Text, Text: ReplicaCount.AutoWord })
            return ReplicaCount.Auto;
        if (node is ConfigScalar { ScalarKind: ScalarKind.Text })
            Report(node, path, $"expected a whole number or '{ReplicaCount.AutoWord}', found {node.Kind}.");
        else if (BindWhole(node, path) is { } number)
            return new ReplicaCount((int)Math.Clamp(number, int.MinValue, int.MaxValue));
        return null;
    }

    private TimeSpan? ToTimeSpan(double seconds, ConfigNode node, string path)
    {
        // A timer of .NET takes at most 2³²−2 milliseconds (49 days).
        const double LongestTimer = 4_294_967;
        // TimeSpan.FromSeconds cuts off instead of rounding: 0.41 would become 0.4099999, and a tick more might be lost each time it is written and read.
        if (Math.Abs(seconds) <= LongestTimer)
            return TimeSpan.FromTicks((long)Math.Round(seconds * TimeSpan.TicksPerSecond));
        Report(node, path, $"{seconds} seconds is too long; the most is {LongestTimer}.");
        return null;
    }

    private object? BindEnum(ConfigNode node, Type type, string path)
    {
        var names = Enum.GetNames(type);
        var text = node is ConfigScalar { ScalarKind: ScalarKind.Text } scalar ? scalar.Text : null;
        if (node is ConfigScalar { ScalarKind: ScalarKind.Number } number && type.IsDefined(typeof(NumberedAttribute)))
            text = names.FirstOrDefault(name => Convert.ToInt32(Enum.Parse(type, name), CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture) == number.Text);
        if (names.Contains(text, StringComparer.Ordinal))
            return Enum.Parse(type, text!);
        Report(node, path, $"expected one of {string.Join(", ", names)}, found {node.Kind}.");
        return null;
    }

    private JsonNode? BindFreeForm(ConfigNode node, string path)
    {
        var wrong = FreeForm.Check(node, path).ToList();
        _errors.AddRange(wrong);
        return wrong.Count == 0 ? node.ToJson() : null;
    }

    private ConfigMap? BindMap(ConfigNode node, string path)
    {
        if (node is ConfigMap map)
            return map;
        Report(node, path, $"expected a mapping, found {node.Kind}.");
        return null;
    }

    private Dictionary<string, string>? BindEntries(ConfigNode node, string path, Func<ConfigNode, string, string?> bind) =>
        BindEntries(node, path, (value, place) => bind(value, place) is { } text ? (true, text) : (false, ""));

    private Dictionary<string, double>? BindEntries(ConfigNode node, string path, Func<ConfigNode, string, double?> bind) =>
        BindEntries(node, path, (value, place) => bind(value, place) is { } number ? (true, number) : (false, 0));

    private Dictionary<string, T>? BindEntries<T>(ConfigNode node, string path, Func<ConfigNode, string, (bool IsBound, T Value)> bind)
    {
        if (BindMap(node, path) is not { } map)
            return null;
        var result = new Dictionary<string, T>(StringComparer.Ordinal);
        foreach (var entry in map.Entries)
        {
            if (bind(entry.Value, Join(path, entry.Key)) is (true, var value) && !result.TryAdd(entry.Key, value))
                _errors.Add(SpecError.Duplicate(entry, Join(path, entry.Key)));
        }

        return result;
    }

    private IList? BindList(ConfigNode node, Type itemType, string path)
    {
        if (node is not ConfigList list)
        {
            Report(node, path, $"expected a list, found {node.Kind}.");
            return null;
        }

        var result = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(itemType))!;
        for (var i = 0; i < list.Items.Count; i++)
        {
            if (BindValue(list.Items[i], itemType, $"{path}[{i}]") is { } value)
                result.Add(value);
        }

        return result;
    }

    private bool IsInRange(object value, ConfigKey key, ConfigNode node, string path)
    {
        var number = value switch
        {
            long whole => whole,
            double real => real,
            TimeSpan time => time.TotalSeconds,
            ReplicaCount { Number: { } count } => count,
            _ => double.NaN,
        };
        var rule = key.Attribute;
        var most = key.ValueType == typeof(int) ? Math.Min(rule.Maximum, int.MaxValue) : rule.Maximum;
        if (double.IsNaN(number) || (number > rule.Minimum || (number == rule.Minimum && !rule.ExclusiveMinimum)) && number <= most)
            return true;
        var low = double.IsFinite(rule.Minimum) ? $"{(rule.ExclusiveMinimum ? "more than" : "at least")} {rule.Minimum}" : "";
        var high = double.IsFinite(most) ? $"at most {most}" : "";
        Report(node, path, $"{node.Kind} is out of range; it must be {string.Join(" and ", new[] { low, high }.Where(part => part.Length > 0))}.");
        return false;
    }

    private bool IsDefaultWhereItMustBe(object value, object record, ConfigKey key, ConfigEntry entry, string path)
    {
        if (key.Attribute.OnlyDefault is not { } why || JsonNode.DeepEquals(ConfigWriter.WriteValue(value), ConfigWriter.WriteValue(key.Property.GetValue(record))))
            return true;
        _errors.Add(new SpecError(path, $"the key '{key.Name}' {why}.", entry.KeyLocation));
        return false;
    }

    private void ReportUnknown(ConfigEntry entry, Type type, string path)
    {
        var (refusal, warning) = (UnsupportedKeys.Explain(type, entry.Key), UnsupportedKeys.WhyIgnored(type, entry.Key));
        if (refusal is not null || warning is not null)
        {
            if (!IsEmpty(entry.Value))
                (refusal is null ? _warnings : _errors).Add(new SpecError(Join(path, entry.Key), (refusal ?? warning)!, entry.KeyLocation));
            return;
        }

        var nearest = NearestKey.Of(entry.Key, ConfigKey.Of(type).Select(key => key.Name));
        Report(entry, path, nearest is null
            ? $"there is no key '{entry.Key}' here; the keys are {string.Join(", ", ConfigKey.Of(type).Select(key => key.Name))}."
            : $"there is no key '{entry.Key}' here; did you mean '{nearest}'?");
    }

    /// <summary>Whether a value asks for nothing.</summary>
    private static bool IsEmpty(ConfigNode node) => node is ConfigScalar { ScalarKind: ScalarKind.Null } or ConfigList { Items.Count: 0 } or ConfigMap { Entries.Count: 0 };

    private void Report(ConfigEntry entry, string path, string message) => _errors.Add(new SpecError(Join(path, entry.Key), message, entry.KeyLocation));

    private void Report(ConfigNode node, string path, string message) => _errors.Add(new SpecError(path, message, node.Location));

    /// <summary>Whether null may stand for the value.</summary>
    public static bool IsNullable(PropertyInfo property)
    {
        lock (Nullability)
            return Nullability.Create(property).WriteState == NullabilityState.Nullable;
    }

    private static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";
}
