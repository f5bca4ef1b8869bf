using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Serve.Wire;
using Serve.Wire.Control;
using Serve.Wire.Payloads;

namespace Serve.Tests.Architecture;

/// <summary>Writes down what Serve's processes say to each other: names, values and shapes.</summary>
internal static class WireText
{
    public static string Write()
    {
        var text = new StringBuilder("What Serve's processes say to each other. Written by a test; a difference is a change of the protocol.\n");
        Constants(text, typeof(ProgramContract));
        Constants(text, typeof(ProgramDescription));
        Constants(text, typeof(HopHeaders));
        Constants(text, typeof(PayloadWriter));
        Constants(text, typeof(PayloadOptions));
        Constants(text, typeof(RawBuffers));
        Constants(text, typeof(CallFailure));
        Constants(text, typeof(LinkCodec));
        Values(text, typeof(StreamItem));
        Values(text, typeof(StartPhase));
        Values(text, typeof(ServeError));
        Messages(text, typeof(WorkerMessage));
        Messages(text, typeof(AgentMessage));
        Messages(text, typeof(NodeMessage));
        Messages(text, typeof(LeaderMessage));
        foreach (var type in new[] { typeof(ProgramDescription), typeof(DeploymentDescription), typeof(RouteDescription), typeof(ReplicaAssignment), typeof(ReplicaSettings), typeof(Routing.ApplicationRoutes), typeof(Routing.DeploymentRoutes), typeof(Routing.ReplicaRoute), typeof(Routing.Load.LoadReport), typeof(Routing.Load.DeploymentLoad), typeof(CallFailure), typeof(TensorHead) })
            Shape(text, type.Name, type);
        return text.ToString();
    }

    private static void Constants(StringBuilder text, Type type)
    {
        text.Append(CultureInfo.InvariantCulture, $"\nconstants of {type.Name}\n");
        foreach (var field in type.GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral))
            text.Append(CultureInfo.InvariantCulture, $"    {field.Name} = {field.GetRawConstantValue()}\n");
    }

    private static void Values(StringBuilder text, Type type)
    {
        text.Append(CultureInfo.InvariantCulture, $"\nvalues of {type.Name}\n");
        foreach (var value in Enum.GetValues(type))
            text.Append(CultureInfo.InvariantCulture, $"    {value} = {Convert.ToInt64(value, CultureInfo.InvariantCulture)}\n");
    }

    private static void Messages(StringBuilder text, Type root)
    {
        foreach (var derived in root.GetCustomAttributes<JsonDerivedTypeAttribute>())
            Shape(text, $"{root.Name} '{derived.TypeDiscriminator}'", derived.DerivedType);
    }

    private static void Shape(StringBuilder text, string title, Type type)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n{title}\n");
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.Name != "EqualityContract" && !property.IsDefined(typeof(JsonIgnoreAttribute))))
        {
            var name = property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name);
            text.Append(CultureInfo.InvariantCulture, $"    {name}: {property.PropertyType.ToString().Replace("System.", "", StringComparison.Ordinal)}\n");
        }
    }
}
