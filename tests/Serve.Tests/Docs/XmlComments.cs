using System.Reflection;
using System.Xml.Linq;

namespace Serve.Tests.Docs;

/// <summary>The comments of an assembly's members, by their ids.</summary>
internal static class XmlComments
{
    public static IReadOnlyDictionary<string, string> Of(Assembly assembly) =>
        (from member in XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml")).Descendants("member")
         let summary = member.Element("summary")
         where summary is not null
         select KeyValuePair.Create(member.Attribute("name")!.Value, summary.Value.Trim())).ToDictionary(StringComparer.Ordinal);
}
