using System.Globalization;
using System.Text.RegularExpressions;
using Serve.Specs.Parsing;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Serve.Cli.Config;

/// <summary>Reads a YAML document (or JSON, which is YAML) with the place of each part. Types are those of YAML's core schema.</summary>
internal sealed partial class YamlReader
{
    /// <summary>Aliases repeat what they stand for; a document that grows beyond this is an attack or a mistake.</summary>
    private const int MaxNodes = 100_000;

    private const int MaxDepth = 50;
    private const string MergeKey = "<<";

    private readonly Dictionary<AnchorName, ConfigNode> _anchors = [];
    private readonly IParser _parser;
    private int _nodes;

    private YamlReader(TextReader text)
    {
        _parser = new Parser(text);
    }

    /// <exception cref="CommandException">The text is no YAML; the message says where.</exception>
    public static ConfigNode Read(string path, TextReader text)
    {
        try
        {
            return new YamlReader(text).ReadDocument();
        }
        catch (YamlException exception)
        {
            var message = (exception.InnerException ?? exception).Message;
            throw new CommandException(ExitCode.Usage, $"{path} is no YAML document.", [$"line {exception.Start.Line}, column {exception.Start.Column}: {message}"]);
        }
    }

    private ConfigNode ReadDocument()
    {
        _parser.Consume<StreamStart>();
        if (_parser.TryConsume<StreamEnd>(out _))
            return new ConfigMap(new Location(1, 1), []);
        _parser.Consume<DocumentStart>();
        var document = ReadNode(depth: 0);
        _parser.Consume<DocumentEnd>();
        if (_parser.TryConsume<DocumentStart>(out var second))
            throw new YamlException(second.Start, second.End, "a second document starts here; one file is one document.");
        return document;
    }

    private ConfigNode ReadNode(int depth)
    {
        var start = _parser.Current!;
        if (++_nodes > MaxNodes || depth > MaxDepth)
            throw new YamlException(start.Start, start.End, $"the document has more than {MaxNodes} parts, or is nested deeper than {MaxDepth}.");
        var node = start switch
        {
            AnchorAlias => ReadAlias(),
            MappingStart => ReadMap(depth),
            SequenceStart => ReadList(depth),
            _ => ReadScalar(),
        };
        if (start is NodeEvent { Anchor.IsEmpty: false } anchored)
            _anchors[anchored.Anchor] = node;
        return node;
    }

    private ConfigNode ReadAlias()
    {
        var alias = _parser.Consume<AnchorAlias>();
        if (!_anchors.TryGetValue(alias.Value, out var node))
            throw new YamlException(alias.Start, alias.End, $"nothing is anchored as '{alias.Value}'.");
        _nodes += Count(node);
        return node;
    }

    private ConfigMap ReadMap(int depth)
    {
        var start = _parser.Consume<MappingStart>();
        var entries = new List<ConfigEntry>();
        var merged = new List<ConfigEntry>();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var key = _parser.Consume<Scalar>();
            var value = ReadNode(depth + 1);
            if (key.Value == MergeKey && value is ConfigMap other)
                merged.AddRange(other.Entries);
            else
                entries.Add(new ConfigEntry(key.Value, LocationOf(key), value));
        }

        entries.AddRange(merged.Where(entry => entries.TrueForAll(own => own.Key != entry.Key)));
        return new ConfigMap(LocationOf(start), entries);
    }

    private ConfigList ReadList(int depth)
    {
        var start = _parser.Consume<SequenceStart>();
        var items = new List<ConfigNode>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
            items.Add(ReadNode(depth + 1));
        return new ConfigList(LocationOf(start), items);
    }

    private ConfigScalar ReadScalar()
    {
        var scalar = _parser.Consume<Scalar>();
        return scalar.Style == ScalarStyle.Plain
            ? Resolve(scalar)
            : new ConfigScalar(LocationOf(scalar), scalar.Value, ScalarKind.Text);
    }

    /// <summary>The core schema of YAML 1.2, §10.3.2.</summary>
    private static ConfigScalar Resolve(Scalar scalar)
    {
        var location = LocationOf(scalar);
        return scalar.Value switch
        {
            "" or "~" or "null" or "Null" or "NULL" => new ConfigScalar(location, "null", ScalarKind.Null),
            "true" or "True" or "TRUE" => new ConfigScalar(location, "true", ScalarKind.Boolean),
            "false" or "False" or "FALSE" => new ConfigScalar(location, "false", ScalarKind.Boolean),
            var text when Whole().IsMatch(text) => new ConfigScalar(location, text.TrimStart('+'), ScalarKind.Number),
            var text when Real().IsMatch(text) => new ConfigScalar(location, double.Parse(text, CultureInfo.InvariantCulture).ToString("R", CultureInfo.InvariantCulture), ScalarKind.Number),
            var text => new ConfigScalar(location, text, ScalarKind.Text),
        };
    }

    private static int Count(ConfigNode node) => node switch
    {
        ConfigMap map => 1 + map.Entries.Sum(entry => Count(entry.Value)),
        ConfigList list => 1 + list.Items.Sum(Count),
        _ => 1,
    };

    private static Location LocationOf(ParsingEvent at) => new((int)at.Start.Line, (int)at.Start.Column);

    [GeneratedRegex("^[-+]?[0-9]+$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Whole();

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Real();
}
