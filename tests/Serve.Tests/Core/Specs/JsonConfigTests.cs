using System.Text.Json;
using System.Text.Json.Nodes;
using Serve.Specs;
using Serve.Specs.Parsing;

namespace Serve.Tests.Core.Specs;

/// <summary>Documents as the admin API gets them: JSON, without lines.</summary>
public sealed class JsonConfigTests
{
    [Fact]
    public void Read_ErrorsWithoutLines_NamePathsOnly() =>
        Errors("""{"http_options": {"prot": 1}, "applications": [{"import_path": "p.dll", "deployments": [{"name": "A", "num_replicas": 1.0}]}]}""").ShouldBe(
        [
            "http_options.prot: there is no key 'prot' here; did you mean 'port'?",
            "applications[0].deployments[0].num_replicas: expected a whole number, found 1.0.",
        ]);

    [Fact]
    public void Read_KeyTwice_IsAnError() =>
        Errors("""{"applications": [], "applications": []}""").ShouldBe(["applications: the key 'applications' stands here twice; keep one."]);

    [Fact]
    public void Read_FreeFormNumberThatNoDoubleHolds_IsAnError() =>
        Errors("""{"applications": [{"import_path": "p.dll", "args": {"x": [1e400]}}]}""").ShouldBe(["applications[0].args.x[0]: 1e400 is too large for a number."]);

    [Fact]
    public void Read_Null_IsNoDocument() => Errors("null").ShouldBe(["the document: expected a mapping with keys such as 'proxy_location', found null."]);

    [Fact]
    public void ToJson_OfAnyJson_IsTheSameJson()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var json = RandomJson.Map(new Random(seed), depth: 4);
            JsonNode.DeepEquals(Parse(json.ToJsonString()).ToJson(), json).ShouldBeTrue($"seed {seed}: {json.ToJsonString()}");
        }
    }

    private static IEnumerable<string> Errors(string json) => SpecValidator.Read(Parse(json)).Errors.Select(error => error.ToString());

    private static ConfigNode Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return ConfigNode.FromJson(document.RootElement);
    }
}
