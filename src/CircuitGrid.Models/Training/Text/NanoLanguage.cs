using System.Collections.Immutable;

namespace CircuitGrid.Models.Training.Text;

/// <summary>A word that changes with number.</summary>
public readonly record struct Inflection(string Singular, string Plural);

/// <summary>
/// The opening of a story in which two people meet: <c>{A}</c> and <c>{B}</c> are their names, <c>{P}</c> a place, <c>{O}</c> an object.
/// </summary>
/// <param name="Clause">The sentence without its end.</param>
/// <param name="Link">What joins it to the gift: a comma, <c>, and</c>, or a full stop and a word.</param>
public readonly record struct StoryOpening(string Clause, string Link);

/// <summary>
/// The words and wordings of the invented small English that the nano suite speaks. They are chosen to share letters, so that a vocabulary
/// of well under 1,000 tokens has every one of them whole.
/// </summary>
public static class NanoLanguage
{
    public static ImmutableArray<string> MaleNames { get; } =
    [
        "Adam", "Alan", "Ben", "Bob", "Carl", "Dan", "Dean", "Don", "Eric", "Fred", "Glen", "Hugo", "Ivan", "Jack", "Jim", "Joel",
        "John", "Ken", "Leo", "Luke", "Mark", "Max", "Ned", "Neil", "Otto", "Owen", "Paul", "Ron", "Ross", "Sam", "Sean", "Tom",
    ];

    public static ImmutableArray<string> FemaleNames { get; } =
    [
        "Amy", "Ann", "Anna", "Clara", "Dora", "Ella", "Emma", "Erin", "Eva", "Gina", "Hana", "Ida", "Iris", "Jane", "Joy", "June",
        "Kate", "Kim", "Lea", "Lisa", "Liz", "Lucy", "Mary", "Mia", "Nina", "Nora", "Rosa", "Ruth", "Sue", "Tina", "Una", "Vera",
    ];

    public static ImmutableArray<string> Places { get; } = ["store", "garden", "market", "school", "park", "river", "house", "station"];

    public static ImmutableArray<string> Objects { get; } = ["ring", "book", "drink", "snack", "ball", "hat", "coin", "map"];

    /// <summary>Seen in training with <see cref="Gifts"/>.</summary>
    public static ImmutableArray<StoryOpening> Openings { get; } =
    [
        new("When {A} and {B} went to the {P}", ","),
        new("After {A} and {B} came to the {P}", ","),
        new("While {A} and {B} were at the {P}", ","),
        new("As {A} and {B} sat in the {P}", ","),
        new("When {A} and {B} had lunch at the {P}", ","),
        new("After {A} met {B} at the {P}", ","),
        new("When {A} saw {B} near the {P}", ","),
        new("While {A} walked to the {P} with {B}", ","),
        new("When {A} and {B} got a {O} at the {P}", ","),
        new("Because {A} was with {B} in the {P}", ","),
        new("Today {A} and {B} met at the {P}", ", and"),
        new("Then {A} and {B} left the {P}", ", and"),
        new("Once {A} talked with {B} in the {P}", ", and"),
        new("In the {P} {A} waited for {B}", ", and"),
        new("After a long day {A} and {B} went home", ", and"),
        new("On a cold day {A} went with {B} to the {P}", ", and"),
        new("Then {A} and {B} found a {O} in the {P}", ". Then"),
        new("Today {A} and {B} were working at the {P}", ". Later"),
        new("The {P} was open when {A} and {B} came", ". Soon"),
        new("Then both {A} and {B} were at the {P}", ". Soon"),
        new("Once {A} and {B} played near the {P}", ". Later"),
        new("The friends {A} and {B} stayed at the {P}", ". Then"),
        new("At the {P} {A} looked for {B}", ". Soon"),
        new("Today {A} took {B} to the {P}", ". Then"),
        new("Near the {P} {A} found {B}", ". Now"),
        new("The {P} was where {A} met {B}", ", so"),
        new("As soon as {A} and {B} were at the {P}", ","),
        new("It was cold when {A} met {B} in the {P}", ". Later"),
        new("Both {A} and {B} liked the {P}", ", and"),
        new("By the {P} {A} and {B} looked for a {O}", ". Soon"),
        new("Here {A} and {B} had a good day", ", and"),
        new("Once again {A} walked by the {P} with {B}", ". Now"),
    ];

    /// <summary>Seen in training with <see cref="Openings"/>: <c>{S}</c> gives, <c>{I}</c> receives.</summary>
    public static ImmutableArray<string> Gifts { get; } =
    [
        "{S} gave a {O} to {I}",
        "{S} gave the {O} to {I}",
        "{S} handed a {O} to {I}",
        "{S} passed the {O} to {I}",
        "{S} sold a {O} to {I}",
        "{S} sent a {O} to {I}",
        "{S} brought the {O} to {I}",
        "{S} lent a {O} to {I}",
        "{S} showed the {O} to {I}",
        "{S} threw a {O} to {I}",
        "{S} wanted to give a {O} to {I}",
        "{S} decided to give the {O} to {I}",
        "{S} had to send a {O} to {I}",
        "{S} took a {O} and gave it to {I}",
        "{S} found a {O} and showed it to {I}",
        "{S} said hello to {I}",
        "{S} told a story to {I}",
        "{S} wrote a letter to {I}",
        "{S} made a {O} for {I}",
        "{S} had a {O} for {I}",
        "a {O} was given by {S} to {I}",
        "{S} got a {O} and gave it to {I}",
        "{S} was kind and gave a {O} to {I}",
        "{S} had to give the {O} back to {I}",
        "{S} came with a {O} for {I}",
        "{S} ran home and brought a {O} to {I}",
        "{S} wanted to sell the {O} to {I}",
        "{S} asked for the {O} and passed it to {I}",
        "{S} looked at the {O} and handed it to {I}",
        "the {O} that {S} had was for {I}",
        "{S} said that the {O} was for {I}",
        "{S} sang to {I}",
    ];

    /// <summary>Never seen in a story, though their words occur elsewhere; entry i goes with entry i of <see cref="HeldOutGifts"/>.</summary>
    public static ImmutableArray<StoryOpening> HeldOutOpenings { get; } =
    [
        new("Before {A} and {B} reached the {P}", ","),
        new("The day that {A} joined {B} at the {P}", ","),
        new("Now {A} and {B} are in the {P}", ". There"),
        new("On the way to the {P} {A} called {B}", ", so"),
        new("One night {A} and {B} slept in the {P}", ". At last"),
        new("So {A} and {B} ran from the {P}", ", but"),
    ];

    /// <summary>Never seen in training, see <see cref="HeldOutOpenings"/>.</summary>
    public static ImmutableArray<string> HeldOutGifts { get; } =
    [
        "{S} returned the {O} to {I}",
        "{S} was happy to give a {O} to {I}",
        "{S} carried a {O} over to {I}",
        "{S} bought a {O} for {I}",
        "{S} read the book to {I}",
        "{S} left a {O} for {I}",
    ];

    /// <summary>Things that last: subjects of the sentences about years.</summary>
    public static ImmutableArray<string> Events { get; } =
    [
        "war", "siege", "reign", "plague", "drought", "feud", "truce", "trial", "voyage", "strike", "famine", "revolt",
        "crisis", "trade", "pact", "journey", "project", "study", "search", "debate", "exile", "boom", "quest", "rule",
    ];

    public const int FirstCentury = 11;

    public const int LastCentury = 17;

    /// <summary>
    /// The longest time anything lasts, in years. Without the limit, end years are late whatever the start year is, and a model that
    /// ignores the start year looks as if it compared the two.
    /// </summary>
    public const int LongestSpan = 30;

    /// <summary>People, subjects of the sentences about agreement.</summary>
    public static ImmutableArray<Inflection> People { get; } =
    [
        new("king", "kings"), new("guard", "guards"), new("cook", "cooks"), new("pilot", "pilots"), new("nurse", "nurses"),
        new("judge", "judges"), new("clerk", "clerks"), new("boy", "boys"), new("girl", "girls"), new("doctor", "doctors"),
        new("farmer", "farmers"), new("poet", "poets"), new("thief", "thieves"), new("writer", "writers"), new("singer", "singers"),
        new("teacher", "teachers"), new("baker", "bakers"), new("friend", "friends"),
    ];

    /// <summary>Verbs that end a clause.</summary>
    public static ImmutableArray<Inflection> Verbs { get; } =
    [
        new("laughs", "laugh"), new("smiles", "smile"), new("sings", "sing"), new("sleeps", "sleep"), new("swims", "swim"),
        new("waits", "wait"), new("works", "work"), new("walks", "walk"), new("talks", "talk"), new("rests", "rest"),
    ];

    /// <summary>Verbs followed by an adjective.</summary>
    public static ImmutableArray<Inflection> Copulas { get; } = [new("is", "are"), new("was", "were"), new("seems", "seem"), new("looks", "look")];

    /// <summary>Verbs followed by somebody.</summary>
    public static ImmutableArray<Inflection> TransitiveVerbs { get; } =
    [
        new("likes", "like"), new("sees", "see"), new("knows", "know"), new("helps", "help"), new("hates", "hate"), new("fears", "fear"),
    ];

    public static ImmutableArray<string> Prepositions { get; } = ["near", "behind", "beside", "with", "by", "above"];

    public static ImmutableArray<string> Adjectives { get; } =
    [
        "good", "old", "kind", "funny", "nice", "clever", "brave", "quick", "strong", "quiet", "happy", "tired", "cold", "rich",
    ];

    /// <summary>What may stand before an adjective in <c>So Mary is such a good cook, isn't she?</c></summary>
    public static ImmutableArray<string> Degrees { get; } = ["such a", "a very", "a really"];

    public static ImmutableArray<string> Days { get; } = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

    public static ImmutableArray<string> Months { get; } =
    [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
    ];

    public static ImmutableArray<string> Numbers { get; } =
    [
        "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    ];

    public static ImmutableArray<string> Colours { get; } = ["red", "green", "blue", "white", "black"];
}
