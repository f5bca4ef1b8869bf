using System.Text.RegularExpressions;
using Serve.Testing;

namespace Serve.Tests.Architecture;

/// <summary>Keeps <c>src/docs</c> true: what its pages name in code marks exists.</summary>
public sealed partial class ArchitecturePageTests
{
    /// <summary>Types and methods of the sources, and public types of .NET.</summary>
    private static readonly Lazy<HashSet<string>> Names = new(() =>
    [
        .. AppDomain.CurrentDomain.GetAssemblies().Where(assembly => !assembly.IsDynamic).SelectMany(assembly => assembly.GetExportedTypes()).Select(type => type.Name),
        nameof(System.Reflection.DispatchProxy),
        .. Directory.EnumerateFiles(Repository.Root, "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/node_modules/", StringComparison.Ordinal))
            .SelectMany(path => Declaration().Matches(File.ReadAllText(path)).Select(match => match.Groups["name"].Value)),
    ]);

    public static TheoryData<string> Pages =>
    [
        "README.md",
        .. Directory.EnumerateFiles(Repository.PathOf("src/docs"), "*.md", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Repository.Root, path)),
    ];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_TypesThatItNames_Exist(string page)
    {
        var named = CodeWord().Matches(ReadWithoutBlocks(page)).Select(match => match.Groups["word"].Value).Where(IsTypeName).Distinct(StringComparer.Ordinal);
        named.Where(name => !Names.Value.Contains(name)).ShouldBeEmpty($"{page} names types that do not exist.");
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_PathsThatItNames_Exist(string page)
    {
        var named = CodeWord().Matches(ReadWithoutBlocks(page)).Select(match => match.Groups["word"].Value)
            .Where(word => RepositoryPath().IsMatch(word)).Select(word => word.TrimEnd('/')).Distinct(StringComparer.Ordinal);
        named.Where(path => !Path.Exists(Repository.PathOf(path))).ShouldBeEmpty($"{page} names paths that do not exist.");
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_LinksToFiles_Exist(string page)
    {
        var folder = Path.GetDirectoryName(Repository.PathOf(page))!;
        var links = Link().Matches(File.ReadAllText(Repository.PathOf(page))).Select(match => match.Groups["target"].Value).Where(target => !target.Contains("://", StringComparison.Ordinal));
        links.Where(target => !Path.Exists(Path.Combine(folder, target))).ShouldBeEmpty($"{page} links to files that do not exist.");
    }

    /// <summary>Two capitals with a small letter between: <c>ReplicaPicker</c>, but not <c>HTTP</c> or <c>Content-Type</c>.</summary>
    private static bool IsTypeName(string word) => TypeName().IsMatch(word);

    private static string ReadWithoutBlocks(string page) => Block().Replace(File.ReadAllText(Repository.PathOf(page)), "");

    [GeneratedRegex(@"\b(class|record|struct|interface|enum)\s+(struct\s+|class\s+)?(?<name>[A-Z]\w+)|\bpublic [^=;(]*?(?<name>[A-Z]\w+)(<\w+>)?\(", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Declaration();

    [GeneratedRegex("`(?<word>[^`\\s]+)`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex CodeWord();

    [GeneratedRegex("^[A-Z][a-z0-9]+([A-Z][a-z0-9]*)+$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TypeName();

    [GeneratedRegex(@"^(src|tests|samples|deployments|loadtests|\.ci)/[\w./-]*$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex RepositoryPath();

    [GeneratedRegex(@"\]\((?<target>[^)#]+)(#[^)]*)?\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Link();

    [GeneratedRegex("```.*?```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Block();
}
