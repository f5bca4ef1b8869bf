using Grpc.Core;
using Serve.Grpc;
using Reviews.Protos;
using Serve;

namespace Reviews;

/// <summary>The ingress: the service of <c>reviews.proto</c>. It has the critic, a deployment of its own that scales by itself, rate the texts.</summary>
[Deployment(NumCpus = 0.1, MaxOngoingRequests = 100)]
public sealed class ReviewService(DeploymentHandle<ICritic> critic) : ReviewReader.ReviewReaderBase, IIngress
{
    private const int MaxLength = 10_000;

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGrpcService<ReviewService>();
        endpoints.MapGrpcHealthService();
        endpoints.MapGrpcReflectionService();
    }

    public override async Task<Rating> Rate(Review request, ServerCallContext context) => await RateAsync(request, context.CancellationToken);

    public override async Task RateSentences(Review request, IServerStreamWriter<Rating> responseStream, ServerCallContext context)
    {
        Check(request);
        var sentences = request.Text.Split(['.', '!', '?'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var moods = await critic.Remote.RateAsync(sentences, context.CancellationToken);
        foreach (var (sentence, mood) in sentences.Zip(moods))
            await responseStream.WriteAsync(new Rating { ReviewId = request.Id, Text = sentence, Mood = mood }, context.CancellationToken);
    }

    public override async Task<Summary> Summarize(IAsyncStreamReader<Review> requestStream, ServerCallContext context)
    {
        var (count, sum) = (0, 0.0);
        await foreach (var review in requestStream.ReadAllAsync(context.CancellationToken))
        {
            sum += (await RateAsync(review, context.CancellationToken)).Mood;
            count++;
        }

        return new Summary { Reviews = count, MeanMood = count == 0 ? 0 : sum / count };
    }

    public override async Task Follow(IAsyncStreamReader<Review> requestStream, IServerStreamWriter<Rating> responseStream, ServerCallContext context)
    {
        await foreach (var review in requestStream.ReadAllAsync(context.CancellationToken))
            await responseStream.WriteAsync(await RateAsync(review, context.CancellationToken), context.CancellationToken);
    }

    private async Task<Rating> RateAsync(Review review, CancellationToken cancellationToken)
    {
        Check(review);
        var moods = await critic.Remote.RateAsync([review.Text], cancellationToken);
        return new Rating { ReviewId = review.Id, Text = review.Text, Mood = moods[0] };
    }

    private static void Check(Review review)
    {
        if (review.Text.Length is 0 or > MaxLength)
            throw new RpcException(new Status(StatusCode.InvalidArgument, $"The text of review '{review.Id}' has {review.Text.Length} characters; it must have 1 to {MaxLength}."));
    }
}
