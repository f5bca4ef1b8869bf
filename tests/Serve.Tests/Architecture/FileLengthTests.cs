using Serve.Testing;

namespace Serve.Tests.Architecture;

/// <summary>Files stay small. One that is longer than the bound has its reason here.</summary>
public sealed class FileLengthTests
{
    private const int MaxLines = 300;

    private static readonly Dictionary<string, string> Reasons = new(StringComparer.Ordinal);

    [Fact]
    public void File_LongerThanTheBound_HasAReason()
    {
        var folders = new[] { "src", "tests", "samples", "loadtests" };
        var tooLong = from folder in folders
                      from path in Directory.EnumerateFiles(Repository.PathOf(folder), "*.cs", SearchOption.AllDirectories)
                      let relative = Path.GetRelativePath(Repository.Root, path).Replace('\\', '/')
                      where !relative.Split('/').Any(part => part is "bin" or "obj" or "node_modules")
                      let lines = File.ReadLines(path).Count()
                      where lines > MaxLines && !Reasons.ContainsKey(relative)
                      select $"{relative} has {lines} lines";
        tooLong.ShouldBeEmpty();
    }

    [Fact]
    public void Reason_ForAFile_IsStillNeeded() =>
        Reasons.Keys.Where(path => !File.Exists(Repository.PathOf(path)) || File.ReadLines(Repository.PathOf(path)).Count() <= MaxLines).ShouldBeEmpty();
}
