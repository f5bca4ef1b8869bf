using System.Collections.Immutable;

namespace Serve.Specs.Placement;

/// <summary>Which nodes will do, by their labels. All terms must hold.</summary>
internal sealed record LabelSelector(ImmutableArray<LabelTerm> Terms)
{
    public static readonly LabelSelector Any = new([]);

    /// <summary>Equal for selectors that are equal, and only for them.</summary>
    public string Canonical => string.Join('&', Terms.Select(term => $"{term.Key}{(term.IsNegated ? "!" : "")}={string.Join(',', term.Values)}"));

    /// <param name="terms">By the label's key: <c>value</c>, <c>!value</c>, <c>in(a,b)</c> or <c>!in(a,b)</c>; checked by <see cref="LabelRules"/>.</param>
    public static LabelSelector Of(IReadOnlyDictionary<string, string> terms) =>
        terms.Count == 0 ? Any : new([.. terms.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => LabelTerm.Of(pair.Key, pair.Value))]);

    public bool Matches(IReadOnlyDictionary<string, string> labels)
    {
        foreach (var term in Terms)
        {
            if (!term.Matches(labels))
                return false;
        }

        return true;
    }

    public override string ToString() => string.Join(" and ", Terms);
}

/// <param name="Key">The label's key.</param>
/// <param name="Values">The values in question.</param>
/// <param name="IsNegated">Whether the label must have none of the values. A node without the label has none of them.</param>
internal sealed record LabelTerm(string Key, ImmutableArray<string> Values, bool IsNegated)
{
    private const string ListStart = "in(";

    public static LabelTerm Of(string key, string text)
    {
        var isNegated = text.StartsWith('!');
        var rest = isNegated ? text[1..] : text;
        var isList = rest.StartsWith(ListStart, StringComparison.Ordinal) && rest.EndsWith(')');
        return new LabelTerm(key, isList ? [.. rest[ListStart.Length..^1].Split(',').Select(value => value.Trim())] : [rest], isNegated);
    }

    public bool Matches(IReadOnlyDictionary<string, string> labels) => labels.TryGetValue(Key, out var value) && Values.Contains(value, StringComparer.Ordinal) != IsNegated || (IsNegated && value is null);

    public override string ToString() => Values.Length == 1
        ? $"{Key} is {(IsNegated ? "not " : "")}{Values[0]}"
        : $"{Key} is {(IsNegated ? "none" : "one")} of {string.Join(", ", Values)}";
}
