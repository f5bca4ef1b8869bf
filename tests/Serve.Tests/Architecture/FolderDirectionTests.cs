using System.Text.RegularExpressions;
using Serve.Testing;

namespace Serve.Tests.Architecture;

/// <summary>Which folder of Serve.Server may use which: Admin → Controller → Store, Node → Store, Proxy → nothing of the server; Hosting puts them together.</summary>
public sealed partial class FolderDirectionTests
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Platform"] = [],
        ["Store"] = ["Platform"],
        ["Controller"] = ["Store"],
        ["Node"] = ["Store", "Platform"],
        ["Proxy"] = [],
        ["Telemetry"] = ["Node"],
        ["Admin"] = ["Controller", "Store", "Telemetry"],
        ["Hosting"] = ["Admin", "Controller", "Node", "Proxy", "Store", "Telemetry"],
    };

    public static TheoryData<string> Folders => [.. Directory.EnumerateDirectories(Repository.PathOf("src/Serve.Server")).Select(path => Path.GetFileName(path)).Where(name => name is not ("bin" or "obj"))];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Folder_Uses_OnlyWhatTheTableAllows(string folder)
    {
        Allowed.ShouldContainKey(folder, $"The folder {folder} has no row in the table.");
        var wrong = from path in Directory.EnumerateFiles(Repository.PathOf("src/Serve.Server", folder), "*.cs", SearchOption.AllDirectories)
                    from Match match in OwnNamespace().Matches(File.ReadAllText(path))
                    let used = match.Groups["folder"].Value
                    where used != folder && !Allowed[folder].Contains(used, StringComparer.Ordinal)
                    select $"{Path.GetRelativePath(Repository.Root, path)} uses {used}";
        wrong.Distinct(StringComparer.Ordinal).ShouldBeEmpty();
    }

    [GeneratedRegex(@"\bServe\.Server\.(?<folder>[A-Z]\w+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex OwnNamespace();
}
