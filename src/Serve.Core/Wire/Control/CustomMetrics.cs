namespace Serve.Wire.Control;

/// <summary>What a replica may record for scaling policies. Replica, node and leader hold to it, each for itself.</summary>
internal static class CustomMetrics
{
    /// <summary>How many metrics one replica may have.</summary>
    public const int MaxCount = 16;

    public const int MaxNameLength = 64;

    /// <summary>What is wrong with a name, or null.</summary>
    public static string? WhatIsWrongWithName(string? name) => name switch
    {
        null or "" => "The name of a metric is empty.",
        { Length: > MaxNameLength } => $"The name '{name[..MaxNameLength]}…' of a metric has {name.Length} characters; the most is {MaxNameLength}.",
        _ when !char.IsAsciiLetter(name[0]) || name.Any(static letter => !char.IsAsciiLetterOrDigit(letter) && letter is not ('_' or '.')) => $"The name '{name}' of a metric is none: it begins with a letter and has letters, digits, '_' and '.'.",
        _ => null,
    };

    /// <summary>Whether it may be carried on.</summary>
    public static bool IsGood(string? name, double value) => double.IsFinite(value) && WhatIsWrongWithName(name) is null;
}
