using System.Text.Json.Nodes;

namespace Serve.Tests.Cli.Config;

/// <summary>JSON is YAML: documents that other tools write are read as they are.</summary>
public sealed class YamlJsonTests
{
    [Theory]
    [InlineData("""{"a": "b\/c", "d": "\u00e4\n\t\"\\", "e": [true, null, -1.5e3]}""")]
    [InlineData("{\n\t\"a\": {\n\t\t\"b\": [\n\t\t\t1,\n\t\t\t2\n\t\t]\n\t}\n}")]
    [InlineData("""{"a":1,"b":[],"c":{},"d":"x"}""")]
    [InlineData("""{"emoji": "\ud83d\ude00", "same": "😀"}""")]
    [InlineData("""{"": "", "a:b": "c: d", "#": "# no comment", "{": "}", "<<": {"x": 1}}""")]
    public void Read_Json_IsWhatAJsonParserReads(string json) => JsonNode.DeepEquals(Yaml.Read(json).ToJson(), JsonNode.Parse(json)).ShouldBeTrue(Yaml.Json(json));

    [Fact]
    public void Read_RandomJson_IsWhatAJsonParserReads()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var map = RandomJson.Map(new Random(seed), depth: 4);
            var json = map.ToJsonString();
            JsonNode.DeepEquals(Yaml.Read(json).ToJson(), map).ShouldBeTrue($"seed {seed}: {json}");
        }
    }
}
