using Serve.Cli.Config;
using Serve.Specs;
using Serve.Testing;

namespace Serve.Tests.Core.Specs;

/// <summary>Each document of <c>testassets</c> and, in the file beside it, what a user is told about it. Warnings come last. An empty file is a document with nothing to say about.</summary>
public sealed class GoldenConfigTests
{
    private const string Folder = "tests/Serve.Tests/Core/Specs/testassets";

    public static TheoryData<string> Documents => [.. Directory.EnumerateFiles(Repository.PathOf(Folder), "*.yaml").Select(path => Path.GetFileNameWithoutExtension(path)).Order()];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Read_Document_ListsExactlyTheseErrors(string name)
    {
        using var text = File.OpenText(Repository.PathOf(Folder, name + ".yaml"));
        var (_, errors, warnings) = SpecValidator.Read(YamlReader.Read(name, text));
        Baseline.WhatDiffers($"{Folder}/{name}.errors", string.Concat(errors.Select(error => $"{error}\n").Concat(warnings.Select(warning => $"warning: {warning}\n")))).ShouldBeNull();
        (errors.Count == 0).ShouldBe(name.StartsWith("valid-", StringComparison.Ordinal));
    }
}
