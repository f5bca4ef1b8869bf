using System.Text.RegularExpressions;

namespace Serve.Specs.Placement;

/// <summary>What keys and values of labels may look like, on nodes and in selectors. Pure.</summary>
internal static partial class LabelRules
{
    /// <summary>The label of a node's accelerator type.</summary>
    public const string AcceleratorTypeKey = "ray.io/accelerator-type";

    /// <summary>The labels of a node's zone: Kubernetes' and Ray's.</summary>
    private static readonly string[] ZoneKeys = ["topology.kubernetes.io/zone", "ray.io/availability-zone"];

    /// <summary>The zone that labels name, or null.</summary>
    public static string? ZoneOf(IReadOnlyDictionary<string, string> labels) => ZoneKeys.Select(key => labels.GetValueOrDefault(key)).FirstOrDefault(zone => zone is not null);

    public static string? WhatIsWrongWithKey(string key) => key.Length <= 317 && KeyPattern().IsMatch(key)
        ? null
        : $"'{key}' is no key of a label; it is a name of at most 63 letters, digits, '-', '_' and '.', with an optional prefix such as 'example.com/' before it.";

    public static string? WhatIsWrongWithValue(string value) => value.Length <= 63 && ValuePattern().IsMatch(value)
        ? null
        : $"'{value}' is no value of a label; it has at most 63 letters, digits, '-', '_' and '.', and starts and ends with a letter or digit.";

    /// <param name="text">What a selector asks of one label.</param>
    public static string? WhatIsWrongWithTerm(string text)
    {
        var looksLikeList = text.Contains('(', StringComparison.Ordinal) || text.Contains(')', StringComparison.Ordinal);
        if (looksLikeList && !ListPattern().IsMatch(text))
            return $"'{text}' is no selector; write a value, '!value', 'in(a,b)' or '!in(a,b)'.";
        var values = LabelTerm.Of("", text).Values;
        return values.Any(value => value.Length == 0)
            ? $"'{text}' asks for an empty value; write a value, '!value', 'in(a,b)' or '!in(a,b)'."
            : values.Select(WhatIsWrongWithValue).FirstOrDefault(wrong => wrong is not null);
    }

    [GeneratedRegex(@"^([a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?/)?[a-zA-Z0-9]([a-zA-Z0-9._-]{0,61}[a-zA-Z0-9])?\z", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex KeyPattern();

    [GeneratedRegex(@"^[a-zA-Z0-9]([a-zA-Z0-9._-]*[a-zA-Z0-9])?\z", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex ValuePattern();

    [GeneratedRegex(@"^!?in\([^()]*\)\z", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex ListPattern();
}
