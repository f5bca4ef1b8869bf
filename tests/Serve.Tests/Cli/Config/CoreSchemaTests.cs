namespace Serve.Tests.Cli.Config;

public sealed class CoreSchemaTests
{
    [Theory]
    [InlineData("~", "null")]
    [InlineData("null", "null")]
    [InlineData("Null", "null")]
    [InlineData("nUll", "\"nUll\"")]
    [InlineData("true", "true")]
    [InlineData("FALSE", "false")]
    [InlineData("yes", "\"yes\"")]
    [InlineData("on", "\"on\"")]
    [InlineData("0", "0")]
    [InlineData("-12", "-12")]
    [InlineData("+12", "12")]
    [InlineData("010", "10")]
    [InlineData("0o17", "15")]
    [InlineData("0xfF", "255")]
    [InlineData("0o8", "\"0o8\"")]
    [InlineData("0xg", "\"0xg\"")]
    [InlineData("1_000", "\"1_000\"")]
    [InlineData("9223372036854775807", "9223372036854775807")]
    [InlineData("1.5", "1.5")]
    [InlineData(".5", "0.5")]
    [InlineData("-.5e1", "-5")]
    [InlineData("2.", "2")]
    [InlineData("2.0", "2")]
    [InlineData("1e3", "1000")]
    [InlineData("1E-3", "0.001")]
    [InlineData("1.2.3", "\"1.2.3\"")]
    [InlineData(".inf", "\".inf\"")]
    [InlineData(".nan", "\".nan\"")]
    [InlineData("12:30", "\"12:30\"")]
    [InlineData("2026-01-01", "\"2026-01-01\"")]
    [InlineData("two words # a comment", "\"two words\"")]
    public void Resolve_PlainScalar_HasTheTypeOfTheCoreSchema(string yaml, string json) => Yaml.Json(yaml).ShouldBe(json);

    [Theory]
    [InlineData("\"1\"", "1")]
    [InlineData("'true'", "true")]
    [InlineData("''", "")]
    [InlineData("!!str 8080", "8080")]
    [InlineData("'it''s'", "it's")]
    [InlineData("\"tab\\t\\u00e4\"", "tab\tä")]
    [InlineData("|\n  two\n  lines\n", "two\nlines\n")]
    [InlineData(">-\n  folded\n  lines\n", "folded lines")]
    public void Resolve_QuotedOrTaggedScalar_IsText(string yaml, string text) => Yaml.Read(yaml).ToJson()!.GetValue<string>().ShouldBe(text);

    [Fact]
    public void Resolve_EmptyValue_IsNull() => Yaml.Json("a:\nb: ").ShouldBe("""{"a":null,"b":null}""");
}
