using System.Text;
using System.Text.Json;

namespace Serve.OpenInference.Rest;

/// <summary>Fields of requests. What is null counts as not said.</summary>
internal static class JsonFields
{
    /// <summary>Deep enough for tensors of all ranks.</summary>
    private const int MaxDepth = 48;

    public static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = MaxDepth, CommentHandling = JsonCommentHandling.Disallow };

    /// <summary>Reads all of a text, and turns what is wrong with it into an error.</summary>
    public static TResult Read<TState, TResult>(ReadOnlySpan<byte> json, TState state, JsonRead<TState, TResult> read)
        where TState : allows ref struct
    {
        if (json.IsEmpty)
            throw TensorRules.Wrong("The request has no JSON; it must be an object.");
        if (!System.Text.Unicode.Utf8.IsValid(json))
            throw TensorRules.Wrong("The request's JSON is not UTF-8.");
        try
        {
            var reader = new Utf8JsonReader(json, ReaderOptions);
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
                throw TensorRules.Wrong($"The request's JSON is {Describe(ref reader)}; it must be an object.");
            var result = read(ref reader, json, state);
            try
            {
                // Nothing may follow.
                reader.Read();
                return result;
            }
            catch
            {
                (result as IDisposable)?.Dispose();
                throw;
            }
        }
        catch (JsonException exception)
        {
            throw new ServeException(ServeError.BadRequest, $"The request's JSON is malformed: {exception.Message}", exception);
        }
        catch (InvalidOperationException exception) when (exception is not ObjectDisposedException)
        {
            // Escapes that make no text, such as half a surrogate pair.
            throw new ServeException(ServeError.BadRequest, $"The request's JSON has a text that is none: {exception.Message}", exception);
        }
    }

    /// <summary>Goes on to the next field of an object; the reader stands on its name then.</summary>
    public static bool Next(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.PropertyName;

    public static string? ReadText(ref Utf8JsonReader reader, string field)
    {
        reader.Read();
        return reader.TokenType switch
        {
            JsonTokenType.String => reader.GetString(),
            JsonTokenType.Null => null,
            _ => throw TensorRules.Wrong($"{field} is {Describe(ref reader)}; it must be a string."),
        };
    }

    public static bool ReadFlag(ref Utf8JsonReader reader, string field)
    {
        reader.Read();
        return reader.TokenType switch
        {
            JsonTokenType.True => true,
            JsonTokenType.False or JsonTokenType.Null => false,
            _ => throw TensorRules.Wrong($"{field} is {Describe(ref reader)}; it must be true or false."),
        };
    }

    /// <summary>Goes into a list.</summary>
    /// <returns>False where there is null in its place.</returns>
    public static bool BeginsList(ref Utf8JsonReader reader, string field) => Begins(ref reader, field, JsonTokenType.StartArray, "a list");

    /// <summary>Goes into an object.</summary>
    /// <returns>False where there is null in its place.</returns>
    public static bool BeginsObject(ref Utf8JsonReader reader, string field) => Begins(ref reader, field, JsonTokenType.StartObject, "an object");

    /// <summary>Reads a parameter that is for the model.</summary>
    /// <param name="reader">Stands on its name.</param>
    /// <param name="owner">What it is a parameter of.</param>
    /// <param name="parameters">Those before it, or null.</param>
    public static void AddParameter(ref Utf8JsonReader reader, ParameterOwner owner, ref Dictionary<string, object>? parameters)
    {
        var name = reader.GetString()!;
        reader.Read();
        object? value = reader.TokenType switch
        {
            JsonTokenType.String => reader.GetString(),
            JsonTokenType.True => true,
            JsonTokenType.False => false,
            JsonTokenType.Number when reader.TryGetInt64(out var whole) => whole,
            JsonTokenType.Number when reader.TryGetUInt64(out var large) => large,
            JsonTokenType.Number => reader.GetDouble(),
            JsonTokenType.Null => null,
            _ => throw TensorRules.Wrong($"{owner}parameters.{TensorRules.Shorten(name)} is {Describe(ref reader)}; a parameter must be a string, a number, true or false."),
        };
        if (value is null)
            return;
        parameters ??= new(StringComparer.Ordinal);
        if (parameters.Count == TensorRules.MaxParameters)
            throw TensorRules.Wrong($"{owner}parameters has more than {TensorRules.MaxParameters} entries.");
        if (!parameters.TryAdd(name, value))
            throw TensorRules.Wrong($"{owner}parameters.{TensorRules.Shorten(name)} stands twice.");
    }

    /// <summary>What stands there, for messages.</summary>
    public static string Describe(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "a list",
        JsonTokenType.String => $"\"{TextOf(reader.ValueSpan)}\"",
        JsonTokenType.Null => "null",
        JsonTokenType.True => "true",
        JsonTokenType.False => "false",
        _ => TextOf(reader.ValueSpan),
    };

    private static string TextOf(ReadOnlySpan<byte> text) => TensorRules.Shorten(Encoding.UTF8.GetString(text.Length > 200 ? text[..200] : text));

    private static bool Begins(ref Utf8JsonReader reader, string field, JsonTokenType begin, string what)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
            return false;
        return reader.TokenType == begin ? true : throw TensorRules.Wrong($"{field} is {Describe(ref reader)}; it must be {what}.");
    }
}

/// <summary>Reads an object whose beginning the reader stands on.</summary>
internal delegate TResult JsonRead<in TState, out TResult>(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, TState state)
    where TState : allows ref struct;
