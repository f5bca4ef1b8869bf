using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Serve.Wire.Control;

/// <summary>What the leader asks a replica: to let a policy of its program decide.</summary>
/// <param name="Policy">The full name of the policy's class.</param>
/// <param name="Arguments">Its arguments as JSON, or null for none.</param>
/// <param name="Timeout">How long it may take.</param>
/// <param name="IsWhole">Whether it decides for the whole application; else there is one deployment.</param>
/// <param name="Deployments">What is known of the deployments.</param>
internal sealed record PolicyQuestion(string Policy, string? Arguments, TimeSpan Timeout, bool IsWhole, IReadOnlyList<AutoscalingContext> Deployments)
{
    /// <summary>The most characters of a policy's state as JSON, for one deployment.</summary>
    public const int MaxStateLength = 64 * 1024;

    /// <summary>The most characters of a failure's text.</summary>
    public const int MaxFailureLength = 1000;

    /// <summary>The most characters of an answer.</summary>
    public const int MaxAnswerLength = 4 * 1024 * 1024;

    public string ToJson() => JsonSerializer.Serialize(this, PolicyJson.Default.PolicyQuestion);

    /// <exception cref="JsonException">It is no question.</exception>
    public static PolicyQuestion Parse(string json) => JsonSerializer.Deserialize(json, PolicyJson.Default.PolicyQuestion) ?? throw new JsonException("The question is null.");
}

/// <summary>What the replica answers.</summary>
/// <param name="Advice">What the policy said, by deployment; null where it failed.</param>
/// <param name="Failure">Why it failed, or null.</param>
internal sealed record PolicyAnswer(IReadOnlyDictionary<string, ScalingAdvice>? Advice, string? Failure)
{
    public static PolicyAnswer Failed(string why) => new(Advice: null, why.Length > PolicyQuestion.MaxFailureLength ? why[..PolicyQuestion.MaxFailureLength] + "…" : why);

    public string ToJson() => JsonSerializer.Serialize(this, PolicyJson.Default.PolicyAnswer);

    /// <exception cref="JsonException">It is no answer.</exception>
    public static PolicyAnswer Parse(string json) => JsonSerializer.Deserialize(json, PolicyJson.Default.PolicyAnswer) ?? throw new JsonException("The answer is null.");

    /// <summary>What can't be in a policy's advice, or null. Both ends check it: the worker to say it, the leader since workers run foreign code.</summary>
    /// <param name="deployment">The deployment that it is for.</param>
    /// <param name="advice">The advice.</param>
    public static string? WhatIsWrong(string deployment, ScalingAdvice? advice) => advice switch
    {
        null => $"it gave null for the deployment '{deployment}'.",
        { Replicas: var replicas } when !double.IsFinite(replicas) || replicas < 0 => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"it wants {replicas} replicas of '{deployment}', which is no number of replicas."),
        { State: { } state } when LengthOf(state) is var length and > PolicyQuestion.MaxStateLength => $"its state for '{deployment}' is {length} characters of JSON; the most is {PolicyQuestion.MaxStateLength}.",
        _ => null,
    };

    private static int LengthOf(JsonNode state) => state.ToJsonString().Length;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PolicyQuestion))]
[JsonSerializable(typeof(PolicyAnswer))]
internal sealed partial class PolicyJson : JsonSerializerContext;
