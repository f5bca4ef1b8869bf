using Serve;

namespace Reviews;

/// <summary>Rates texts.</summary>
public interface ICritic
{
    /// <returns>The mood of each text, from -1 to 1.</returns>
    Task<double[]> RateAsync(string[] texts, CancellationToken cancellationToken);
}

/// <summary>Rates by words that tell a mood; "not" turns the next one around. A model would stand here.</summary>
[Deployment(NumCpus = 0.1, MaxOngoingRequests = 32)]
public sealed class Critic : ICritic
{
    private static readonly Dictionary<string, double> Moods = new(StringComparer.OrdinalIgnoreCase)
    {
        ["good"] = 0.6, ["great"] = 0.8, ["excellent"] = 1, ["love"] = 1, ["loved"] = 1, ["perfect"] = 1, ["nice"] = 0.5, ["fast"] = 0.4, ["friendly"] = 0.6, ["works"] = 0.3,
        ["bad"] = -0.6, ["awful"] = -1, ["terrible"] = -1, ["hate"] = -1, ["broken"] = -0.8, ["slow"] = -0.4, ["late"] = -0.4, ["rude"] = -0.7, ["disappointing"] = -0.7, ["expensive"] = -0.3,
    };

    public Task<double[]> RateAsync(string[] texts, CancellationToken cancellationToken) => Task.FromResult(Array.ConvertAll(texts, Rate));

    private static double Rate(string text)
    {
        var (sum, found, isTurned) = (0.0, 0, false);
        foreach (var word in text.Split([' ', '.', ',', '!', '?', ';', ':'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (Moods.TryGetValue(word, out var mood))
            {
                sum += isTurned ? -mood : mood;
                found++;
            }

            isTurned = word.Equals("not", StringComparison.OrdinalIgnoreCase);
        }

        return found == 0 ? 0 : sum / found;
    }
}
