using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;
using Serve.Specs.Parsing;

namespace Serve.Cli.Config;

/// <summary>Tells the type of a plain scalar as the core schema of YAML 1.2 does (§10.3.2). Infinities and NaN stay text: no setting takes them, and JSON has none.</summary>
internal static partial class CoreSchema
{
    public static ConfigScalar Resolve(Location location, string text) => text switch
    {
        "" or "~" or "null" or "Null" or "NULL" => new ConfigScalar(location, "null", ScalarKind.Null),
        "true" or "True" or "TRUE" => new ConfigScalar(location, "true", ScalarKind.Boolean),
        "false" or "False" or "FALSE" => new ConfigScalar(location, "false", ScalarKind.Boolean),
        _ when Whole().IsMatch(text) => new ConfigScalar(location, text.TrimStart('+'), ScalarKind.Number),
        _ when OctalOrHexadecimal().IsMatch(text) => new ConfigScalar(location, ReadDigits(text[2..], text[1] == 'x' ? 16 : 8), ScalarKind.Number),
        _ when Real().IsMatch(text) => new ConfigScalar(location, Normalize(text), ScalarKind.Number),
        _ => new ConfigScalar(location, text, ScalarKind.Text),
    };

    /// <summary>The same number in decimal digits.</summary>
    private static string ReadDigits(string digits, int radix) =>
        digits.Aggregate(BigInteger.Zero, (number, digit) => number * radix + Convert.ToInt32(digit.ToString(), 16)).ToString(CultureInfo.InvariantCulture);

    /// <summary>As JSON writes it: <c>.5</c> becomes <c>0.5</c> and <c>2.0</c> becomes <c>2</c>. What no number can hold stays, to be reported as it was written.</summary>
    private static string Normalize(string text)
    {
        var number = double.Parse(text, CultureInfo.InvariantCulture);
        return double.IsFinite(number) ? number.ToString("R", CultureInfo.InvariantCulture) : text;
    }

    [GeneratedRegex("^[-+]?[0-9]+$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Whole();

    [GeneratedRegex("^(0o[0-7]{1,40}|0x[0-9a-fA-F]{1,40})$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex OctalOrHexadecimal();

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Real();
}
