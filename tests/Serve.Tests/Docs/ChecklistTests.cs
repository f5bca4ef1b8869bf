using System.Text.RegularExpressions;
using Serve.Testing;

namespace Serve.Tests.Docs;

/// <summary>The page that says which test shows which behaviour of Ray Serve names tests that are there.</summary>
public sealed partial class ChecklistTests
{
    [Fact]
    public void Page_EachTestThatItNames_IsThere()
    {
        var sources = Directory.EnumerateFiles(Repository.PathOf("tests"), "*Tests.cs", SearchOption.AllDirectories)
            .ToLookup(path => Path.GetFileNameWithoutExtension(path), File.ReadAllText, StringComparer.Ordinal);
        var missing = TestName().Matches(File.ReadAllText(Repository.PathOf("src/docs/ray-serve-checklist.md")))
            .Where(match => !sources[match.Groups["type"].Value].Any(source => source.Contains($" {match.Groups["method"].Value}(", StringComparison.Ordinal)))
            .Select(match => match.Value);
        missing.ShouldBeEmpty();
    }

    [GeneratedRegex("`(?<type>[A-Za-z]+Tests)\\.(?<method>[A-Za-z0-9_]+)`", RegexOptions.NonBacktracking)]
    private static partial Regex TestName();
}
