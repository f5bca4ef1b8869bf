using System.Text.Json.Nodes;
using Serve.Server.Admin;

namespace Serve.Tests.Server.Admin;

public sealed class MergePatchTests
{
    /// <summary>The cases of RFC 7396, appendix A, whose target and patch are objects.</summary>
    [Theory]
    [InlineData("""{"a":"b"}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"b":"c"}""", """{"a":"b","b":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"a":null}""", "{}")]
    [InlineData("""{"a":"b","b":"c"}""", """{"a":null}""", """{"b":"c"}""")]
    [InlineData("""{"a":["b"]}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"c"}""", """{"a":["b"]}""", """{"a":["b"]}""")]
    [InlineData("""{"a":{"b":"c"}}""", """{"a":{"b":"d","c":null}}""", """{"a":{"b":"d"}}""")]
    [InlineData("""{"a":[{"b":"c"}]}""", """{"a":[1]}""", """{"a":[1]}""")]
    [InlineData("""{"e":null}""", """{"a":1}""", """{"e":null,"a":1}""")]
    [InlineData("{}", """{"a":{"bb":{"ccc":null}}}""", """{"a":{"bb":{}}}""")]
    public void Apply_CaseOfTheStandard_GivesItsResult(string target, string patch, string expected) =>
        MergePatch.Apply(Parse(target), Parse(patch)).ToJsonString().ShouldBe(expected);

    [Fact]
    public void Apply_Target_IsNotChanged()
    {
        var target = Parse("""{"a":{"b":1}}""");
        MergePatch.Apply(target, Parse("""{"a":{"b":2}}"""));
        target.ToJsonString().ShouldBe("""{"a":{"b":1}}""");
    }

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();
}
