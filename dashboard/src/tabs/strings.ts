/** What the tabs are called, and the question each answers. */

export const strings = {
  overview: {
    title: 'Overview',
    question: 'What does the model rely on, and how far can this page be trusted?',
  },
  performance: {
    title: 'Performance',
    question: 'How good are its predictions, and for whom are they worse?',
  },
  explorer: { title: 'Data', question: 'What do the rows look like?' },
  aggregate: { title: 'Importance', question: 'Which features matter, and in which direction?' },
  individual: { title: 'Single rows', question: 'Why was this row predicted as it was?' },
  text: {
    title: 'Text',
    question: 'Which words of this text speak for or against its prediction?',
  },
  whatif: { title: 'What-if', question: 'What would the model predict if a value were another?' },
  about: { title: 'About', question: 'How was this made, and what do the words mean?' },
} as const;
