using System.Text.Json.Nodes;
using Serve.Cli.Config;
using Serve.Testing;

namespace Serve.Tests.Docs;

/// <summary>The schema for editors says what the server says.</summary>
public sealed class ConfigSchemaTests
{
    private const string Folder = "tests/Serve.Tests/Core/Specs/testassets";

    private static readonly SchemaCheck Schema = new(JsonNode.Parse(ConfigSchema.Write())!.AsObject());

    public static TheoryData<string> GoodDocuments => [.. Documents("deployments", "*.yaml"), .. Documents(Folder, "valid-*.yaml")];

    /// <summary>Documents whose errors are in single keys, which is what a schema can tell.</summary>
    public static TheoryData<string> BadDocuments => [.. new[] { "unknown-keys", "wrong-types", "out-of-range", "missing-required", "null-where-not-allowed", "applications-is-null", "cluster-options" }.Select(name => $"{Folder}/{name}.yaml")];

    [Theory]
    [MemberData(nameof(GoodDocuments))]
    public void Schema_GoodDocument_IsAccepted(string path) => Schema.Of(Read(path)).ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(BadDocuments))]
    public void Schema_BadDocument_IsRefused(string path) => Schema.Of(Read(path)).ShouldNotBeEmpty();

    [Fact]
    public void Deployments_EachDocument_PointsToTheSchema()
    {
        foreach (var path in Documents("deployments", "*.yaml"))
            File.ReadLines(Repository.PathOf(path)).First().ShouldBe("# yaml-language-server: $schema=serve.schema.json", path);
    }

    private static IEnumerable<string> Documents(string folder, string pattern) => Directory.EnumerateFiles(Repository.PathOf(folder), pattern).Select(path => Path.GetRelativePath(Repository.Root, path)).Order(StringComparer.Ordinal);

    private static JsonNode? Read(string path)
    {
        using var text = File.OpenText(Repository.PathOf(path));
        return YamlReader.Read(path, text).ToJson();
    }
}
