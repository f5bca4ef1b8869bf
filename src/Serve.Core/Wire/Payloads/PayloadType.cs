using System.Text.Json.Serialization.Metadata;

namespace Serve.Wire.Payloads;

/// <summary>How values of a type are converted, looked up once.</summary>
internal static class PayloadType<T>
{
    private static JsonTypeInfo<T>? s_info;

    /// <summary>Not made by a static constructor: a type that can't be converted shall say so itself.</summary>
    public static JsonTypeInfo<T> Info => s_info ??= (JsonTypeInfo<T>)PayloadOptions.Json.GetTypeInfo(typeof(T));
}
